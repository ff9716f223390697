using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using NeuralService.Hosting;
using NeuralService.Storage;

namespace NeuralService.Datasets;

/// <summary>Datasets: what to train on.</summary>
public static class DatasetEndpoints
{
    private const string SomeFlowers = """
        sepal_length,sepal_width,petal_length,petal_width,species
        5.1,3.5,1.4,0.2,setosa
        4.9,3.0,1.4,0.2,setosa
        4.7,3.2,1.3,0.2,setosa
        5.0,3.6,1.4,0.3,setosa
        7.0,3.2,4.7,1.4,versicolor
        6.4,3.2,4.5,1.5,versicolor
        5.5,2.3,4.0,1.3,versicolor
        5.7,2.8,4.5,1.3,versicolor
        6.3,3.3,6.0,2.5,virginica
        5.8,2.7,5.1,1.9,virginica
        7.1,3.0,5.9,2.1,virginica
        6.5,3.0,5.8,2.2,virginica
        """;

    private const string SomeFlowersAsJson = """
        {
          "columns": ["sepal_length", "sepal_width", "petal_length", "petal_width", "species"],
          "rows": [
            [5.1, 3.5, 1.4, 0.2, "setosa"], [4.9, 3.0, 1.4, 0.2, "setosa"], [4.7, 3.2, 1.3, 0.2, "setosa"], [5.0, 3.6, 1.4, 0.3, "setosa"],
            [7.0, 3.2, 4.7, 1.4, "versicolor"], [6.4, 3.2, 4.5, 1.5, "versicolor"], [5.5, 2.3, 4.0, 1.3, "versicolor"], [5.7, 2.8, 4.5, 1.3, "versicolor"],
            [6.3, 3.3, 6.0, 2.5, "virginica"], [5.8, 2.7, 5.1, 1.9, "virginica"], [7.1, 3.0, 5.9, 2.1, "virginica"], [6.5, 3.0, 5.8, null, "virginica"]
          ]
        }
        """;

    /// <summary>Maps the endpoints.</summary>
    public static RouteGroupBuilder MapDatasets(this IEndpointRouteBuilder routes, Settings settings)
    {
        var group = routes.MapGroup("/datasets").WithTags("Datasets");
        var upload = new BodyLimit(settings.Limits.UploadBytes);
        group.MapPost("/", Create).WithName("createDataset").WithMetadata(upload, new TakesTable())
            .WithParameterExample("name", "my-iris")
            .WithBodyExample("text/csv", SomeFlowers, "csv", "Twelve flowers as CSV")
            .WithExample(SomeFlowersAsJson, "json", "The same form of table as JSON");
        group.MapPut("/{name}", Put).WithName("putDataset").WithMetadata(upload, new TakesTable())
            .WithParameterExample("name", "my-iris")
            .WithBodyExample("text/csv", SomeFlowers, "csv", "Twelve flowers as CSV")
            .WithExample(SomeFlowersAsJson, "json", "The same form of table as JSON");
        group.MapGet("/", List).WithName("listDatasets");
        group.MapGet("/{name}", Get).WithName("getDataset").WithParameterExample("name", "my-iris");
        group.MapGet("/{name}/rows", Rows).WithName("getDatasetRows")
            .WithParameterExample("name", "my-iris").WithParameterExample("offset", "0").WithParameterExample("limit", "5");
        group.MapDelete("/{name}", Delete).WithName("deleteDataset").WithParameterExample("name", "my-iris");
        return group;
    }

    /// <summary>Upload a table under a new name.</summary>
    /// <remarks>
    /// The body is a CSV or JSON file, or a form with the part <c>file</c>; any may be compressed (<c>Content-Encoding: gzip</c>). How the file is written and what its
    /// columns are is detected, and told under <c>format</c> and <c>warnings</c>. An empty cell, NA, NaN, null and ? are missing values.
    /// </remarks>
    /// <param name="name">The new dataset's name.</param>
    /// <response code="201">The dataset.</response>
    /// <response code="409">The name is taken.</response>
    /// <response code="422">The table cannot be taken as it is; every fault with its line and column.</response>
    public static async Task<Created<DatasetResponse>> Create(
        [FromQuery(Name = "name")] string? name, [AsParameters] DatasetQuery query, HttpRequest request, DatasetUpload upload, CancellationToken cancellation)
    {
        var (dataset, _) = await upload.RunAsync(name, query, request, mayReplace: false, cancellation);
        return TypedResults.Created($"/api/v1/datasets/{dataset.Name}", dataset);
    }

    /// <summary>Upload a table under a name that may exist: then it is replaced.</summary>
    /// <remarks>The name points to the new content only when all of it is stored; jobs that were submitted before keep the content they were submitted with.</remarks>
    /// <param name="name">The dataset's name.</param>
    /// <response code="200">The dataset, with its new content.</response>
    /// <response code="201">The dataset, new.</response>
    /// <response code="422">The table cannot be taken as it is; every fault with its line and column.</response>
    public static async Task<Results<Ok<DatasetResponse>, Created<DatasetResponse>>> Put(
        string name, [AsParameters] DatasetQuery query, HttpRequest request, DatasetUpload upload, CancellationToken cancellation)
    {
        var (dataset, created) = await upload.RunAsync(name, query, request, mayReplace: true, cancellation);
        return created ? TypedResults.Created($"/api/v1/datasets/{dataset.Name}", dataset) : TypedResults.Ok(dataset);
    }

    /// <summary>List the datasets, newest first.</summary>
    /// <param name="page">Which page.</param>
    /// <response code="200">One page of datasets.</response>
    public static async Task<Ok<Page<DatasetResponse>>> List([AsParameters] PageRequest page, NeuralDb db, CancellationToken cancellation)
    {
        int limit = page.Checked();
        var found = await db.ReadAsync(
            context => context.Datasets.Where(d => page.Cursor == null || string.Compare(d.Id, page.Cursor) < 0)
                .Join(context.DatasetContents, d => d.ContentId, c => c.Id, (d, c) => new { Row = d, Content = c })
                .OrderByDescending(f => f.Row.Id).Take(limit + 1).ToListAsync(cancellation),
            cancellation);
        string? next = found.Count > limit ? found[limit - 1].Row.Id : null;
        return TypedResults.Ok(new Page<DatasetResponse>([.. found.Take(limit).Select(f => DatasetResponse.From(f.Row, f.Content))], next));
    }

    /// <summary>Get a dataset: its format, warnings and columns.</summary>
    /// <param name="name">The dataset's name.</param>
    /// <response code="200">The dataset.</response>
    /// <response code="404">There is no such dataset.</response>
    public static async Task<Ok<DatasetResponse>> Get(string name, NeuralDb db, CancellationToken cancellation)
    {
        var (row, content) = await db.ReadAsync(context => TableStore.FindAsync(context, name, cancellation), cancellation) ?? throw Problems.DatasetNotFound(name);
        return TypedResults.Ok(DatasetResponse.From(row, content));
    }

    /// <summary>Read some rows of a dataset.</summary>
    /// <param name="name">The dataset's name.</param>
    /// <param name="offset">The number of the first row, counted from 0; 0 where it is left out.</param>
    /// <param name="limit">How many rows at most, 1 to 1000; 50 where it is left out.</param>
    /// <response code="200">The rows: numbers, texts and booleans, null where a cell is missing.</response>
    /// <response code="404">There is no such dataset.</response>
    public static async Task<Ok<DatasetRows>> Rows(
        string name, [FromQuery(Name = "offset")] long? offset, [FromQuery(Name = "limit")] int? limit, NeuralDb db, TableStore tables, CancellationToken cancellation)
    {
        if (offset < 0)
            throw Problems.QueryOutOfRange("offset", offset.Value, 0, long.MaxValue);
        if (limit is < 1 or > 1000)
            throw Problems.QueryOutOfRange("limit", limit.Value, 1, 1000);
        while (true)
        {
            var table = await tables.FindAsync(name, cancellation) ?? throw Problems.DatasetNotFound(name);
            // Null: the table was replaced between the two reads. Then the new one is read.
            if (await db.ReadAsync(context => DatasetRows.ReadAsync(context, table, offset ?? 0, limit ?? 50, cancellation), cancellation) is { } rows)
                return TypedResults.Ok(rows);
        }
    }

    /// <summary>Delete a dataset.</summary>
    /// <param name="name">The dataset's name.</param>
    /// <response code="204">It is gone.</response>
    /// <response code="404">There is no such dataset.</response>
    /// <response code="409">Training jobs that have not ended use it.</response>
    public static async Task<NoContent> Delete(string name, NeuralDb db, ContentStore contents, CancellationToken cancellation)
    {
        string contentId = await db.WriteAsync(
            async context =>
            {
                var row = await context.Datasets.SingleOrDefaultAsync(d => d.Name == name, cancellation) ?? throw Problems.DatasetNotFound(name);
                var jobs = await ContentStore.JobsUsing(context, row.ContentId).Select(j => j.Id).ToListAsync(cancellation);
                if (jobs.Count > 0)
                    throw Problems.DatasetInUse(name, jobs);
                context.Datasets.Remove(row);
                return row.ContentId;
            },
            cancellation);
        await contents.ReleaseAsync([contentId], CancellationToken.None);
        return TypedResults.NoContent();
    }
}
