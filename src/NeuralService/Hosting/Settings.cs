using System.ComponentModel.DataAnnotations;

namespace NeuralService.Hosting;

/// <summary>Every setting, checked at start. appsettings.json lists them with the same defaults; environment variables (<c>__</c> for <c>:</c>) and <c>--Section:Name=value</c> override.</summary>
public sealed record Settings
{
    /// <summary>What this process does.</summary>
    public ProcessRole Role { get; init; } = ProcessRole.All;

    /// <summary>Where everything is stored.</summary>
    public DatabaseSettings Database { get; init; } = new();

    /// <summary>What an empty database gets.</summary>
    public SamplesSettings Samples { get; init; } = new();

    /// <summary>How jobs are run.</summary>
    public TrainingSettings Training { get; init; } = new();

    /// <summary>Live events.</summary>
    public EventsSettings Events { get; init; } = new();

    /// <summary>Who may call.</summary>
    public AuthenticationSettings Authentication { get; init; } = new();

    /// <summary>The API description.</summary>
    public SwaggerSettings Swagger { get; init; } = new();

    /// <summary>What the console shows.</summary>
    public LogSettings Log { get; init; } = new();

    /// <summary>How much of anything is taken.</summary>
    public LimitSettings Limits { get; init; } = new();

    /// <summary>Reads and checks the settings.</summary>
    /// <exception cref="StartRefusal">A setting is unknown or has a value that is not allowed.</exception>
    public static Settings From(IConfiguration configuration)
    {
        var settings = SettingsReader.Read<Settings>(configuration);
        if (settings.Authentication.BootstrapKey is { Length: > 0 and < 32 } key)
            throw new StartRefusal($"Authentication:BootstrapKey has {key.Length} characters; allowed are 32 or more.");
        return settings;
    }
}

/// <summary>What a process does. A SQLite file serves one process, so that one does everything.</summary>
public enum ProcessRole
{
    /// <summary>Serves requests and trains.</summary>
    All,
}

/// <summary>Where everything is stored.</summary>
public sealed record DatabaseSettings
{
    /// <summary>The kind of database.</summary>
    public DatabaseProvider Provider { get; init; } = DatabaseProvider.Sqlite;

    /// <summary>The connection string; a relative <c>Data Source</c> counts from the working directory, and its folder is made.</summary>
    public string ConnectionString { get; init; } = "Data Source=data/neural.db";

    /// <summary>How many seconds a second process waits for the file's lock.</summary>
    [Range(0, 3600)]
    public int LockWaitSeconds { get; init; } = 25;
}

/// <summary>The kinds of database.</summary>
public enum DatabaseProvider
{
    /// <summary>A SQLite file.</summary>
    Sqlite,
}

/// <summary>What an empty database gets.</summary>
public sealed record SamplesSettings
{
    /// <summary>Whether an empty database gets the Iris table, the network <c>iris</c> and a training job.</summary>
    public bool Enabled { get; init; }
}

/// <summary>How jobs are run.</summary>
public sealed record TrainingSettings
{
    /// <summary>How many jobs run at once.</summary>
    [Range(1, 64)]
    public int MaxConcurrentJobs { get; init; } = 1;

    /// <summary>Threads that the running jobs share; 0 is as many as the process has cores.</summary>
    [Range(0, 1024)]
    public int Threads { get; init; }

    /// <summary>Bytes of encoded rows that the running jobs may keep in memory together, each an equal share; 0 is half of the memory of the process. A job with more rows reads them again in every epoch, with the same result.</summary>
    [Range(0.0, 1L << 50)]
    public long DataBytes { get; init; }

    /// <summary>After how many seconds without a sign of life a job is taken from its worker.</summary>
    [Range(1, 3600)]
    public int LeaseSeconds { get; init; } = 30;
}

/// <summary>Live events.</summary>
public sealed record EventsSettings
{
    /// <summary>After how many quiet seconds a stream of events sends a sign of life.</summary>
    [Range(1, 3600)]
    public int HeartbeatSeconds { get; init; } = 15;
}

/// <summary>Who may call.</summary>
public sealed record AuthenticationSettings
{
    /// <summary>Whether a key is asked for.</summary>
    public AuthenticationMode Mode { get; init; } = AuthenticationMode.ApiKeys;

    /// <summary>The first key, 32 characters or more; empty: one is made at the first start and printed once.</summary>
    public string BootstrapKey { get; init; } = "";
}

/// <summary>Ways to know a caller.</summary>
public enum AuthenticationMode
{
    /// <summary>Every call sends a key.</summary>
    ApiKeys,

    /// <summary>Anyone may call.</summary>
    None,
}

/// <summary>The API description.</summary>
public sealed record SwaggerSettings
{
    /// <summary>Whether <c>/swagger</c> is there.</summary>
    public bool Enabled { get; init; } = true;
}

/// <summary>What the console shows.</summary>
public sealed record LogSettings
{
    /// <summary>Lines to read, or one JSON object a line; <c>auto</c>: lines in a terminal, JSON in a container or a pipe.</summary>
    public LogFormat Format { get; init; } = LogFormat.Auto;

    /// <summary>The least important events to show.</summary>
    public LogImportance Level { get; init; } = LogImportance.Information;
}

/// <summary>Forms of the log.</summary>
public enum LogFormat
{
    /// <summary>Lines in a terminal, JSON in a container or a pipe.</summary>
    Auto,

    /// <summary>Lines for people.</summary>
    Text,

    /// <summary>One JSON object a line.</summary>
    Json,
}

/// <summary>Importance of events.</summary>
public enum LogImportance
{
    /// <summary>Everything that may help to find a fault.</summary>
    Debug,

    /// <summary>Each request and each change of state.</summary>
    Information,

    /// <summary>What someone should look at.</summary>
    Warning,

    /// <summary>What failed.</summary>
    Error,
}

/// <summary>How much of anything is taken.</summary>
public sealed record LimitSettings
{
    /// <summary>Bytes of an uploaded table, unpacked.</summary>
    [Range(1.0, 1L << 50)]
    public long UploadBytes { get; init; } = 4L << 30;

    /// <summary>Bytes of a JSON body, unpacked.</summary>
    [Range(1024.0, 1L << 30)]
    public long JsonBodyBytes { get; init; } = 32L << 20;

    /// <summary>Parameters of a network.</summary>
    [Range(1, 2_000_000_000)]
    public long Parameters { get; init; } = 50_000_000;

    /// <summary>Layers of a network.</summary>
    [Range(1, 64)]
    public int Layers { get; init; } = 64;

    /// <summary>Units of a layer.</summary>
    [Range(1, 65_536)]
    public int Units { get; init; } = 65_536;

    /// <summary>Columns of a table.</summary>
    [Range(1, 1_000_000)]
    public int Columns { get; init; } = 20_000;

    /// <summary>Classes of a target.</summary>
    [Range(2, 65_536)]
    public int Classes { get; init; } = 10_000;

    /// <summary>Rows of one prediction.</summary>
    [Range(1, 1_000_000)]
    public int PredictionRows { get; init; } = 10_000;

    /// <summary>Jobs that are queued, running or paused at once.</summary>
    [Range(1, 1_000_000)]
    public int OpenJobs { get; init; } = 1_000;
}
