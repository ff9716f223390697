using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NeuralService.Datasets;
using NeuralService.Storage;

namespace NeuralService.Tests.Datasets;

/// <summary>A table's life over HTTP: sent, told, read, replaced, deleted.</summary>
public class DatasetTests
{
    private const string Small = "n,word,ok\n1.5,b,true\n,a,false\n-2,,\n";

    [Fact]
    public async Task A_table_is_taken_and_told()
    {
        await using var service = await Service.StartAsync();
        byte[] iris = Uploads.TestTable("iris.csv");
        var created = (await service.Send(HttpMethod.Post, "datasets?name=my-iris", Uploads.Content(iris, "text/csv"))).Is(201);

        Assert.Equal("/api/v1/datasets/my-iris", created.Headers.Location?.ToString());
        var dataset = created.Json;
        Assert.Equal(("my-iris", 150, 3858), ((string?)dataset["name"], (int)dataset["rowCount"]!, (int)dataset["bytes"]!));
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(iris)), (string?)dataset["sha256"]);
        Assert.Empty(dataset["warnings"]!.AsArray());
        Assert.Equal((",", "lf", "utf-8", true), ((string?)dataset["format"]!["delimiter"], (string?)dataset["format"]!["lineEnd"], (string?)dataset["format"]!["encoding"], (bool)dataset["format"]!["header"]!));
        var length = dataset["columns"]![0]!;
        Assert.Equal(("sepal_length", "numeric", 0, 35), ((string?)length["name"], (string?)length["type"], (int)length["missing"]!, (int)length["distinct"]!));
        Assert.Equal((4.3, 7.9, 5.8433, 0.8253), ((double)length["min"]!, (double)length["max"]!, Math.Round((double)length["mean"]!, 4), Math.Round((double)length["standardDeviation"]!, 4)));
        var species = dataset["columns"]![4]!;
        Assert.Equal("categorical", (string?)species["type"]);
        Assert.Equal(["setosa", "versicolor", "virginica"], species["categories"]!.AsArray().Select(c => (string?)c));
        Assert.True(species.AsObject().ContainsKey("mean") && species["mean"] is null);
        Assert.True(JsonNode.DeepEquals(dataset, (await service.Get("datasets/my-iris")).Is(200).Json));
    }

    [Fact]
    public async Task Rows_come_back_typed_and_in_pages()
    {
        await using var service = await Service.StartAsync();
        (await service.PostTable("t", Small)).Is(201);
        Assert.Equal(
            """{"columns":["n","word","ok"],"rows":[[1.5,"b",true],[null,"a",false],[-2,null,null]],"offset":0,"rowCount":3}""",
            (await service.Get("datasets/t/rows")).Is(200).Text);
        Assert.Equal("""[[null,"a",false]]""", (await service.Get("datasets/t/rows?offset=1&limit=1")).Is(200).Json["rows"]!.ToJsonString());
        Assert.Equal("[]", (await service.Get("datasets/t/rows?offset=3")).Is(200).Json["rows"]!.ToJsonString());
        Assert.Equal("[]", (await service.Get($"datasets/t/rows?offset={long.MaxValue}")).Is(200).Json["rows"]!.ToJsonString());
        (await service.Get("datasets/t/rows?limit=0")).Is(422);
        (await service.Get("datasets/t/rows?limit=1001")).Is(422);
        (await service.Get("datasets/t/rows?offset=-1")).Is(422);
        (await service.Get("datasets/none/rows")).Is(404);
    }

    [Fact]
    public async Task Datasets_are_listed_newest_first_in_pages()
    {
        await using var service = await Service.StartAsync();
        foreach (string name in new[] { "a", "b", "c" })
            (await service.PostTable(name, Small)).Is(201);
        var first = (await service.Get("datasets?limit=2")).Is(200).Json;
        Assert.Equal(["c", "b"], first["items"]!.AsArray().Select(i => (string?)i!["name"]));
        var second = (await service.Get($"datasets?limit=2&cursor={first["nextCursor"]}")).Is(200).Json;
        Assert.Equal(["a"], second["items"]!.AsArray().Select(i => (string?)i!["name"]));
        Assert.Null(second["nextCursor"]);
    }

    [Fact]
    public async Task A_file_may_come_compressed_as_a_form_or_as_json()
    {
        await using var service = await Service.StartAsync();
        byte[] csv = Encoding.UTF8.GetBytes(Small);
        byte[] json = Encoding.UTF8.GetBytes("""{"columns":["n","word","ok"],"rows":[[1.5,"b",true],[null,"a",false],[-2,null,null]]}""");
        (string Name, HttpContent Body)[] ways =
        [
            ("gzip", Uploads.Gzipped(csv, "text/csv")), ("form", Uploads.Form(csv, "t.csv", "text/csv")), ("spreadsheet", Uploads.Form(csv, "t.csv", "application/vnd.ms-excel")),
            ("json", Uploads.Content(json, "application/json")), ("json-gzip", Uploads.Gzipped(json, "application/json")), ("json-form", Uploads.Form(json, "t.json", null)),
        ];
        foreach (var (name, body) in ways)
        {
            (await service.Send(HttpMethod.Post, $"datasets?name={name}", body)).Is(201);
            Assert.Equal(
                """[[1.5,"b",true],[null,"a",false],[-2,null,null]]""", (await service.Get($"datasets/{name}/rows")).Is(200).Json["rows"]!.ToJsonString());
        }
        Assert.Equal(csv.Length, (int)(await service.Get("datasets/gzip")).Json["bytes"]!);      // counted and hashed as unpacked
        Assert.Equal((string?)(await service.Get("datasets/form")).Json["sha256"], (string?)(await service.Get("datasets/gzip")).Json["sha256"]);
    }

    [Fact]
    public async Task Put_creates_then_replaces_and_post_does_not()
    {
        await using var service = await Service.StartAsync();
        var created = (await service.PutTable("t", Small)).Is(201).Json;
        var replaced = (await service.PutTable("t", "x\n1\n2\n")).Is(200).Json;
        Assert.Equal((string?)created["id"], (string?)replaced["id"]);
        Assert.Equal((string?)created["createdAt"], (string?)replaced["createdAt"]);
        Assert.Equal("""[[1],[2]]""", (await service.Get("datasets/t/rows")).Json["rows"]!.ToJsonString());
        Assert.Contains("PUT /api/v1/datasets/t", (string?)(await service.PostTable("t", Small)).Is(409).Json["detail"], StringComparison.Ordinal);
        Assert.Equal((1, 1), await service.Stored());                                            // the first content is gone
        (await service.PutTable("t", "x\n1\n2,3\n")).Is(422);
        Assert.Equal("""[[1],[2]]""", (await service.Get("datasets/t/rows")).Json["rows"]!.ToJsonString());
        Assert.Equal((1, 1), await service.Stored());
    }

    [Fact]
    public async Task Who_reads_while_a_table_is_replaced_sees_the_one_or_the_other_whole()
    {
        await using var service = await Service.StartAsync();
        string Table(int version) => "version,row\n" + string.Concat(Enumerable.Range(0, 1_000).Select(i => $"{version},{i}\n"));
        (await service.PutTable("t", Table(0))).Is(201);
        using var stop = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            int reads = 0;
            for (; !stop.IsCancellationRequested; reads++)
            {
                var rows = (await service.Get("datasets/t/rows?offset=990")).Is(200).Json["rows"]!.AsArray();
                Assert.Equal(10, rows.Count);
                Assert.Single(rows.Select(r => (int)r![0]!).Distinct());
            }
            return reads;
        })).ToArray();
        for (int version = 1; version <= 20; version++)
            (await service.PutTable("t", Table(version))).Is(200);
        await stop.CancelAsync();
        Assert.All(await Task.WhenAll(readers), reads => Assert.True(reads > 0));
        Assert.Equal((1, 1), await service.Stored());
    }

    [Fact]
    public async Task A_table_under_an_open_job_stays()
    {
        await using var service = await Service.StartAsync();
        (await service.PostTable("t", Small)).Is(201);
        var tables = service.Services.GetRequiredService<TableStore>();
        string content = (await tables.FindAsync("t", default))!.ContentId;
        await service.Db().WriteAsync(context => Task.FromResult(context.TrainingJobs.Add(Job("job-1", content))), default);

        Assert.Contains("job-1", (string?)(await service.Delete("datasets/t")).Is(409).Json["detail"], StringComparison.Ordinal);
        (await service.PutTable("t", "x\n1\n")).Is(200);                                         // the job keeps its content
        Assert.Equal(3, (await tables.LoadAsync(content, ["word"], default)).RowCount);

        await service.Db().WriteAsync(context => context.TrainingJobs.ExecuteUpdateAsync(u => u.SetProperty(j => j.Status, "succeeded")), default);
        await service.Services.GetRequiredService<ContentStore>().ReleaseAsync([content, null], default);
        Assert.Null(await tables.FindContentAsync(content, default));
        (await service.Delete("datasets/t")).Is(204);
        (await service.Get("datasets/t")).Is(404);
        (await service.Delete("datasets/t")).Is(404);
        Assert.Equal((0, 0), await service.Stored());
    }

    [Fact]
    public async Task What_an_upload_left_behind_is_removed_at_the_next_start()
    {
        await using var service = await Service.StartAsync();
        (await service.PostTable("kept", Small)).Is(201);
        await service.Db().WriteAsync(
            context =>
            {
                context.DatasetContents.Add(new DatasetContentRow { Id = "half", Sha256 = "", Format = "{}", Warnings = "[]", Columns = "[]" });
                context.DatasetChunks.AddRange(Enumerable.Range(0, 40).Select(i => new DatasetChunkRow { ContentId = "half", Index = i, Bytes = [1] }));
                return Task.CompletedTask;
            },
            default);
        string uploads = Path.Combine(Path.GetDirectoryName(service.Database)!, "uploads");
        await File.WriteAllTextAsync(Path.Combine(uploads, "half.tmp"), "a,b");
        await service.StopAsync();
        await service.StartAgainAsync();
        Assert.Equal((1, 1), await service.Stored());
        Assert.Empty(Directory.EnumerateFiles(uploads));
        (await service.Get("datasets/kept/rows")).Is(200);
    }

    private static TrainingJobRow Job(string id, string content) => new()
    {
        Id = id, NetworkId = "n", NetworkName = "n", Status = "queued", Request = "{}", Definition = "{}", ContentId = content, Tags = "{}", RequestId = "r", Warnings = "[]",
    };
}

/// <summary>What lies in the database.</summary>
internal static class StoredTables
{
    public static NeuralDb Db(this Service service) => service.Services.GetRequiredService<NeuralDb>();

    /// <summary>Contents and chunks.</summary>
    public static Task<(int Contents, int Chunks)> Stored(this Service service) => service.Db().ReadAsync(
        async context => (await context.DatasetContents.CountAsync(), await context.DatasetChunks.CountAsync()), default);
}
