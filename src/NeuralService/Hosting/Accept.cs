using Microsoft.Net.Http.Headers;

namespace NeuralService.Hosting;

/// <summary>Chooses the media type of an answer by the request's <c>Accept</c> (RFC 9110, 12.5.1).</summary>
internal static class Accept
{
    /// <summary>The type that the caller likes best; of equally liked ones the one named more precisely, then the one offered first.</summary>
    /// <param name="http">The request; its answer is told to vary with Accept.</param>
    /// <param name="offered">The types on offer; the first one answers a caller who does not say.</param>
    /// <exception cref="Refusal">406 where none is acceptable.</exception>
    public static string Choose(HttpContext http, params ReadOnlySpan<string> offered)
    {
        http.Response.Headers.Append(HeaderNames.Vary, HeaderNames.Accept);
        var given = http.Request.Headers.Accept;
        if (!MediaTypeHeaderValue.TryParseList(given, out var ranges)) return offered[0];
        string? best = null;
        (double Quality, int Precision) bestRank = default;
        foreach (string type in offered)
        {
            var rank = RankOf(MediaTypeHeaderValue.Parse(type), ranges);
            if (rank.Quality > 0 && (best is null || rank.CompareTo(bestRank) > 0)) (best, bestRank) = (type, rank);
        }

        return best ?? throw Problems.NotAcceptable(given.ToString(), offered.ToArray());
    }

    // The most precise range that a type falls into decides: text/csv before text/* before */*.
    private static (double Quality, int Precision) RankOf(MediaTypeHeaderValue type, IList<MediaTypeHeaderValue> ranges)
    {
        (double Quality, int Precision) rank = default;
        foreach (var range in ranges)
        {
            int precision = range.MatchesAllTypes ? 1
                : !range.Type.Equals(type.Type, StringComparison.OrdinalIgnoreCase) ? 0
                : range.MatchesAllSubTypes ? 2
                : range.MediaType.Equals(type.MediaType, StringComparison.OrdinalIgnoreCase) ? 3 : 0;
            if (precision > rank.Precision) rank = (range.Quality ?? 1, precision);
        }

        return rank;
    }
}
