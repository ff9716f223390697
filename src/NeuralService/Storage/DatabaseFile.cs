using Microsoft.Data.Sqlite;
using NeuralService.Hosting;

namespace NeuralService.Storage;

/// <summary>Where the database's file is.</summary>
/// <param name="Path">The full path of the file.</param>
/// <param name="ConnectionString">The connection string with the full path and what every connection needs.</param>
public sealed record DatabaseFile(string Path, string ConnectionString)
{
    /// <summary>The file that the settings name; a relative path counts from the working directory.</summary>
    /// <exception cref="StartRefusal">The connection string names no file.</exception>
    public static DatabaseFile From(DatabaseSettings settings)
    {
        var builder = Parse(settings.ConnectionString);
        if (builder.DataSource.Length == 0 || builder.DataSource.StartsWith(':') || builder.Mode == SqliteOpenMode.Memory)
            throw new StartRefusal($"Database:ConnectionString is \"{settings.ConnectionString}\"; allowed is one that names a file, such as Data Source=data/neural.db.");
        builder.DataSource = System.IO.Path.GetFullPath(builder.DataSource);
        builder.ForeignKeys = true;
        builder.DefaultTimeout = 1;   // SQLite itself waits (busy_timeout); the library's own loop around it need not
        return new DatabaseFile(builder.DataSource, builder.ToString());
    }

    private static SqliteConnectionStringBuilder Parse(string text)
    {
        try
        {
            return new SqliteConnectionStringBuilder(text);
        }
        catch (ArgumentException)
        {
            throw new StartRefusal($"Database:ConnectionString is \"{text}\"; allowed is a SQLite connection string, such as Data Source=data/neural.db.");
        }
    }
}
