using NeuralService.Hosting;

namespace NeuralService;

/// <content>Refusals and sentences about versions and predictions.</content>
public static partial class Problems
{
    /// <summary>404: no such version or alias.</summary>
    public static Refusal VersionNotFound(string network, string version) =>
        new(404, "Version not found", $"The network \"{network}\" has no version or alias \"{Short(version)}\".");

    /// <summary>500: the stored weights are damaged.</summary>
    public static Refusal VersionDamaged(string network, int number) => new(500, "Version damaged",
        $"The stored weights of version {number} of the network \"{network}\" are damaged: their SHA-256 is not the one they were written with. Predict with another version, and restore this one from a backup.");

    /// <summary>409: no version at all.</summary>
    public static Refusal NoVersion(string network) =>
        new(409, "No version yet", $"The network \"{network}\" has no version yet; a training job makes one (POST /api/v1/training-jobs).");

    /// <summary>409: an alias holds the version.</summary>
    public static Refusal VersionInUse(string network, int number, IReadOnlyList<string> aliases) =>
        new(409, "Version in use", $"Version {number} of the network \"{network}\" is held by the alias{(aliases.Count == 1 ? "" : "es")} {string.Join(", ", aliases)}; move or delete {(aliases.Count == 1 ? "it" : "them")} first.");

    /// <summary>422: a name that an alias may not have.</summary>
    public static Refusal BadAlias(string alias) => Query(422, "Bad alias", "alias",
        alias == "latest" ? "latest is the newest version always, and cannot be an alias."
        : alias.Length > 0 && alias.All(char.IsAsciiDigit) ? "An alias cannot be all digits; those are version numbers."
        : BadName(alias));

    /// <summary>422: an alias for a version that does not exist.</summary>
    public static Refusal AliasWithoutVersion(string network, int number) => Query(422, "No such version", "version", NoSuchVersion(network, number));

    /// <summary>413: more rows than one prediction takes.</summary>
    public static Refusal TooManyRows(int most) => new(413, "Too many rows", $"One prediction takes at most {Number(most)} rows (Limits:PredictionRows); send several.");

    /// <summary>422: an output beyond float32.</summary>
    public static Refusal OutputNotFinite(int row) => new(422, "No finite answer",
        $"The answer to row {row} is not a finite number: its values are too far outside of what the version was trained on.");

    /// <summary>Neither or both forms of rows.</summary>
    public static string RowsOrInputs() => "Give either rows (objects of values by column) or inputs (lists of values in the signature's order).";

    /// <summary>A feature that is absent.</summary>
    public static string FeatureAbsent(string name) => $"The column \"{Short(name)}\" is absent; null stands for a missing value.";

    /// <summary>A missing value where none is taken.</summary>
    public static string MissingValue(string name) => $"null was given; \"{Short(name)}\" takes no missing values (impute error).";

    /// <summary>A column that nobody knows.</summary>
    public static string UnknownColumn(string name, IEnumerable<string> known) =>
        $"The version knows no column \"{Short(name)}\"; {DidYouMean(name, known)} ?extra=ignore passes over such columns.";

    /// <summary>A category that the training did not see.</summary>
    public static string UnseenCategory(string column, string given, IEnumerable<string> known) =>
        $"\"{Short(given)}\" is no category of \"{Short(column)}\" in training; {DidYouMean(given, known.Take(20))} ?unknown=ignore encodes it as none of the known.";
}
