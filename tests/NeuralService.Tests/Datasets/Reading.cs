using System.Text;
using NeuralService.Datasets;
using NeuralService.Hosting;

namespace NeuralService.Tests.Datasets;

/// <summary>Reads files as an upload does, without a host and without a database.</summary>
internal static class Reading
{
    public static ReadFile Csv(string text, DatasetQuery? query = null) => Csv(Encoding.UTF8.GetBytes(text), query);

    public static ReadFile Csv(byte[] bytes, DatasetQuery? query = null) => Read(bytes, isJson: false, query);

    public static ReadFile Json(string text, DatasetQuery? query = null) => Read(Encoding.UTF8.GetBytes(text), isJson: true, query);

    private static ReadFile Read(byte[] bytes, bool isJson, DatasetQuery? query)
    {
        var folder = Directory.CreateTempSubdirectory("neural-service-");
        try
        {
            var faults = new Faults();
            var options = ReadingOptions.From(query ?? new DatasetQuery(), faults);
            faults.ThrowIfAny();
            using var file = new UploadFolder(folder.FullName).SpoolAsync(new MemoryStream(bytes), long.MaxValue, CancellationToken.None).GetAwaiter().GetResult();
            var table = DatasetImport.Read(file, isJson, options, new LimitSettings(), CancellationToken.None);
            var rows = new List<string?[]>();
            using var reader = table.Open();
            while (reader.Read())
                rows.Add([.. Enumerable.Range(0, reader.Columns.Count).Select(i => Cell.IsMissing(reader.Text(i)) ? null : reader.String(i))]);
            return new ReadFile(table.Format, table.Warnings, [.. table.Profile.Columns.Select(c => c.Metadata)], rows);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}

/// <summary>What was read: rows as texts, null where a cell is missing.</summary>
internal sealed record ReadFile(DatasetFormat Format, IReadOnlyList<string> Warnings, IReadOnlyList<ColumnMetadata> Columns, List<string?[]> Rows)
{
    public ColumnMetadata this[string name] => Columns.Single(c => c.Name == name);
}
