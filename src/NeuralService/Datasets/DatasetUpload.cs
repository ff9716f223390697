using Microsoft.EntityFrameworkCore;
using NeuralService.Hosting;
using NeuralService.Storage;

namespace NeuralService.Datasets;

/// <summary>One upload from its request to its name: spooled to a file, read once to learn what it is, read again to store it.</summary>
public sealed class DatasetUpload(NeuralDb db, ContentStore contents, UploadFolder folder, Settings settings, TimeProvider clock)
{
    /// <summary>Takes the table of a request.</summary>
    /// <returns>The dataset, and whether its name is new.</returns>
    /// <exception cref="Refusal">Whatever is wrong with the request, its file or its name; nothing is kept.</exception>
    public async Task<(DatasetResponse Dataset, bool Created)> RunAsync(
        string? name, DatasetQuery query, HttpRequest request, bool mayReplace, CancellationToken cancellation)
    {
        var faults = new Faults();
        if (string.IsNullOrEmpty(name))
            faults.Malformed("name", Problems.DatasetNameMissing());
        else
            Names.Check(faults, "name", name);
        var options = ReadingOptions.From(query, faults);
        faults.ThrowIfAny();
        if (!mayReplace && await db.ReadAsync(context => context.Datasets.AnyAsync(d => d.Name == name, cancellation), cancellation))
            throw Problems.DatasetNameTaken(name!);          // before gigabytes are sent; it is asked again at the end

        var (body, isJson) = await UploadBody.OpenAsync(request, cancellation);
        using var file = await folder.SpoolAsync(body, settings.Limits.UploadBytes, cancellation);
        return await StoreAsync(name!, file, isJson, options, mayReplace, cancellation);
    }

    /// <summary>Takes a CSV file that no request brings, as an upload would.</summary>
    /// <exception cref="Refusal">The file cannot be taken, or the name is.</exception>
    public async Task<DatasetResponse> TakeAsync(string name, Stream csv, DatasetQuery query, CancellationToken cancellation)
    {
        var faults = new Faults();
        Names.Check(faults, "name", name);
        var options = ReadingOptions.From(query, faults);
        faults.ThrowIfAny();
        using var file = await folder.SpoolAsync(csv, settings.Limits.UploadBytes, cancellation);
        return (await StoreAsync(name, file, isJson: false, options, mayReplace: false, cancellation)).Dataset;
    }

    private async Task<(DatasetResponse Dataset, bool Created)> StoreAsync(
        string name, SpooledFile file, bool isJson, ReadingOptions options, bool mayReplace, CancellationToken cancellation)
    {
        var table = await Task.Run(() => DatasetImport.Read(file, isJson, options, settings.Limits, cancellation), cancellation);
        string? replaced = null;
        bool created = false;
        var (row, content) = await contents.WriteAsync(
            file,
            table,
            async (context, stored) =>
            {
                var now = clock.Now();
                var named = await context.Datasets.SingleOrDefaultAsync(d => d.Name == name, cancellation);
                if (named is not null && !mayReplace)
                    throw Problems.DatasetNameTaken(name);
                replaced = named?.ContentId;
                created = named is null;
                if (named is null)
                    context.Datasets.Add(named = new DatasetRow { Id = Ids.New(), Name = name, ContentId = stored.Id, CreatedAt = now });
                named.ContentId = stored.Id;
                named.UpdatedAt = now;
                return (named, stored);
            },
            cancellation);
        await contents.ReleaseAsync([replaced], CancellationToken.None);
        return (DatasetResponse.From(row, content), created);
    }
}
