using System.Globalization;
using System.Text.Json;
using NeuralService.Hosting;

namespace NeuralService;

/// <summary>Every refusal a caller can meet, and every sentence about a fault, in one place.</summary>
public static partial class Problems
{
    /// <summary>A body with faults: 400 where one is of form, else 422.</summary>
    public static Refusal FaultyBody(bool malformed, int count, Dictionary<string, string[]> errors)
    {
        var (path, sentences) = errors.First();
        string first = $"{(path == "$" ? "The body" : path)}: {sentences[0]}";
        string detail = count == 1
            ? first
            : $"{Number(count)} things are wrong; errors tells {(count > errors.Sum(e => e.Value.Length) ? "the first of them" : "each")} with its place. {first}";
        return new Refusal(malformed ? 400 : 422, malformed ? "Malformed body" : "Body without a meaning", detail) { Errors = errors };
    }

    /// <summary>400: the body is not JSON.</summary>
    public static Refusal NotJson(string path, string sentence) =>
        new(400, "Malformed body", sentence) { Errors = new Dictionary<string, string[]> { [path] = [sentence] } };

    /// <summary>400: the body is JSON, but no object.</summary>
    public static Refusal NotAnObject(string given) => NotJson("$", $"{given}; a JSON object is expected.");

    /// <summary>415: the body has another media type.</summary>
    public static Refusal NotJsonMediaType(string? given) => new(415, "Unsupported media type",
        $"{(given is null ? "No Content-Type was sent" : $"The Content-Type is \"{Short(given)}\"")}; this endpoint takes application/json in UTF-8.");

    /// <summary>413: the body is larger than a setting allows.</summary>
    public static Refusal BodyTooLarge(long most) => new(413, "Body too large",
        $"The body, unpacked, may hold {Number(most)} bytes at most.");

    /// <summary>400: the body is not what Content-Encoding says.</summary>
    public static Refusal NotUnpackable() => new(400, "Malformed body", "The body cannot be unpacked as its Content-Encoding says.");

    /// <summary>415: the body is packed in another way than gzip.</summary>
    public static Refusal EncodingNotTaken(string given) => new(415, "Unsupported media type",
        $"The Content-Encoding is \"{Short(given)}\"; a body may be packed with gzip, or not at all.");

    /// <summary>400 and its like: the request is not HTTP as it should be.</summary>
    public static Refusal BadRequest(int status) => new(status, "Malformed request", "The request could not be read to its end.");

    /// <summary>404: nothing is served at this path.</summary>
    public static Refusal NoSuchPath(string? path) => new(404, "Not found", $"Nothing is served at {Short(path ?? "/")}; /swagger lists what is.");

    /// <summary>405: the path is served, with other methods.</summary>
    public static Refusal MethodNotAllowed(string given, string allowed) =>
        new(405, "Method not allowed", $"{Short(given)} was sent; this path takes {(allowed.Length == 0 ? "other methods" : allowed)}.");

    /// <summary>415: the endpoint takes other media types.</summary>
    public static Refusal MediaTypeNotTaken(string? given) => new(415, "Unsupported media type",
        $"{(given is null ? "No Content-Type was sent" : $"The Content-Type is \"{Short(given)}\"")}; this endpoint takes another one, see /swagger.");

    /// <summary>406: nothing that the caller accepts is offered.</summary>
    public static Refusal NotAcceptable(string given, IReadOnlyList<string> offered) => new(406, "Not acceptable",
        $"Accept is \"{Short(given)}\"; this endpoint answers {string.Join(", ", offered)}.");

    /// <summary>422: a query value is out of its range.</summary>
    public static Refusal QueryOutOfRange(string name, long given, long least, long most) =>
        Query(422, "Value out of range", name, OutOfRange(Number(given), $"from {Number(least)} to {Number(most)}"));

    /// <summary>400: a query or path value has the wrong form.</summary>
    public static Refusal BadQuery(string name, string sentence) => Query(400, "Malformed request", name, sentence);

    /// <summary>400: a tag filter has no colon.</summary>
    public static Refusal BadTagFilter(string filter) => BadQuery("tag", $"\"{Short(filter)}\" is no tag filter; the form is key:value.");

    /// <summary>503: another process, or a long write, holds the database.</summary>
    public static Refusal DatabaseBusy() => new(503, "Database busy",
        "The database is locked by another writer at the moment; try again shortly.")
    { RetryAfter = TimeSpan.FromSeconds(1) };

    /// <summary>507: the disk, or the database's own limit, is full.</summary>
    public static Refusal StorageFull() => new(507, "Storage full",
        "There is no space left for the database; predictions go on, nothing new can be stored until space is free.")
    { RetryAfter = TimeSpan.FromSeconds(30) };

    /// <summary>503: a health check failed.</summary>
    public static Refusal NotReady(IReadOnlyDictionary<string, HealthCheckResponse> checks) => new(503, "Not ready",
        $"The service cannot work: {string.Join(' ', checks.Where(c => c.Value.Status != "ok").Select(c => c.Value.Detail ?? $"{c.Key} failed."))}")
    {
        RetryAfter = TimeSpan.FromSeconds(5),
        Checks = checks,
    };

    /// <summary>401: no key.</summary>
    public static Refusal KeyMissing() => new(401, "Key required", "Send a key as X-Api-Key, or as Authorization: Bearer.");

    /// <summary>401: a key that was not given out.</summary>
    public static Refusal KeyUnknown() => new(401, "Key required", "The key is not known; send another as X-Api-Key, or as Authorization: Bearer.");

    /// <summary>500: a fault of the service; the log has the details under the request's id.</summary>
    public static Refusal Unexpected() => new(500, "Internal error",
        "The service failed at this request. The log holds the reason under this request's id.");

    /// <summary>The given name does not have the form of a name.</summary>
    public static string BadName(string given) =>
        $"\"{Short(given)}\" is no name; a name is 1 to 64 lower-case letters, digits, dots, underscores or hyphens, with a letter or digit first and last.";

    /// <summary>A number in words for readers: 65,536.</summary>
    public static string Number(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    /// <summary>A value as it may be shown in a sentence: short, and without control characters or quotes that end it.</summary>
    public static string Short(string value)
    {
        string shown = value.Length <= 64 ? value : value[..64] + "…";
        return JsonSerializer.Serialize(shown, ShownAsItIs)[1..^1];
    }

    private static readonly JsonSerializerOptions ShownAsItIs = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static Refusal Query(int status, string title, string name, string sentence) =>
        new(status, title, $"{name}: {sentence}") { Errors = new Dictionary<string, string[]> { [name] = [sentence] } };
}
