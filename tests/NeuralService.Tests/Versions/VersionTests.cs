using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using NeuralService.Storage;

namespace NeuralService.Tests.Versions;

public sealed class VersionTests(SharedService shared) : IClassFixture<SharedService>
{
    private const string Job = """{ "network": "NAME", "data": { "inputs": [[0,0],[0,1],[1,0],[1,1]], "labels": ["no","yes","yes","no"] }, "epochs": 3, "seed": SEED }""";

    private Service Service => shared.Service;

    [Fact]
    public async Task A_version_tells_where_it_comes_from()
    {
        await Service.Define("lineage", """[ { "units": 3, "activation": "tanh" }, { "activation": "softmax" } ]""");
        var upload = (await Service.Upload("lineage", "a,b,kind\n1,2,x\n3,4,y\n5,6,x\n")).Is(201).Json;
        var job = await Service.Train("""
            { "network": "lineage", "data": { "dataset": "lineage", "target": "kind" }, "epochs": 3, "seed": 5, "tags": { "month": "may" } }
            """);
        var version = await Service.Version("lineage", "1");
        Assert.Equal((string?)job["id"], (string?)version["trainingJob"]);
        Assert.Equal((string?)upload["sha256"], (string?)version["dataset"]!["sha256"]);
        Assert.Equal("lineage", (string?)version["dataset"]!["name"]);
        Assert.Equal(5, (long?)version["seed"]);
        Assert.Equal("may", (string?)version["tags"]!["month"]);
        Assert.Equal(2 * 3 + 3 + 3 * 2 + 2, (long?)version["parameters"]);
        Assert.Equal(2, (int?)version["definition"]!["inputSize"]);
        Assert.Equal(2, (int?)version["definition"]!["layers"]![1]!["units"]);
        Assert.Equal((string?)job["requestId"], (string?)version["requestId"]);
        Assert.Equal("""[{"name":"a","type":"numeric","categories":null},{"name":"b","type":"numeric","categories":null}]""", version["signature"]!["inputs"]!.ToJsonString());
        Assert.Equal("""[{"name":"kind","type":"categorical","classes":["x","y"]}]""", version["signature"]!["outputs"]!.ToJsonString());
        Assert.NotNull(version["metrics"]!["baseline"]!["trainingAccuracy"]);

        var tagged = (await Service.Get("networks/lineage/versions?tag=month:may")).Is(200).Json["items"]!.AsArray();
        Assert.Single(tagged);
        Assert.Empty((await Service.Get("networks/lineage/versions?tag=month:june")).Is(200).Json["items"]!.AsArray());
    }

    [Fact]
    public async Task The_hash_is_that_of_the_weights_as_they_are_read_in_both_forms()
    {
        await Service.Define("hash", """[ { "units": 3, "activation": "tanh" }, { "activation": "softmax" } ]""");
        await Service.Train(Job.Replace("NAME", "hash").Replace("SEED", "1"));
        string hash = (string)(await Service.Version("hash"))["weightsSha256"]!;
        var layers = (await Service.Get("networks/hash/versions/1/weights")).Is(200).Json["layers"]!.AsArray();
        byte[] numbers = [.. layers.SelectMany(l => l!["weights"]!.AsArray().SelectMany(row => row!.AsArray()).Concat(l["biases"]!.AsArray())).SelectMany(v => BitConverter.GetBytes((float)v!))];
        Assert.Equal(hash, Convert.ToHexStringLower(SHA256.HashData(numbers)));

        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/networks/hash/versions/1/weights");
        request.Headers.Add("Accept", "application/vnd.safetensors");
        using var answer = await Service.Http.SendAsync(request);
        byte[] file = await answer.Content.ReadAsByteArrayAsync();
        Assert.Equal("application/vnd.safetensors", answer.Content.Headers.ContentType?.MediaType);
        int header = (int)BitConverter.ToInt64(file);
        Assert.Equal(numbers, file[(8 + header)..]);
        Assert.Equal("""{"dtype":"F32","shape":[3,2],"data_offsets":[0,24]}""", JsonNode.Parse(file.AsSpan(8, header))!["layers.0.weights"]!.ToJsonString());
    }

    [Fact]
    public async Task A_number_is_never_given_twice_and_what_an_alias_holds_is_not_deleted()
    {
        await Service.Define("numbers", """[ { "activation": "softmax" } ]""");
        for (int seed = 1; seed <= 2; seed++) await Service.Train(Job.Replace("NAME", "numbers").Replace("SEED", $"{seed}"));
        (await Service.Put("networks/numbers/aliases/production", """{ "version": 2 }""")).Is(201);
        (await Service.Put("networks/numbers/aliases/canary", """{ "version": 2 }""")).Is(201);
        Assert.Contains("canary, production", (string?)(await Service.Delete("networks/numbers/versions/2")).Is(409).Json["detail"]);
        Assert.Contains("canary", (string?)(await Service.Delete("networks/numbers/versions/production")).Is(409).Json["detail"]);
        (await Service.Delete("networks/numbers/aliases/production")).Is(204);
        (await Service.Delete("networks/numbers/aliases/production")).Is(404);
        (await Service.Put("networks/numbers/aliases/canary", """{ "version": 1 }""")).Is(200);
        (await Service.Delete("networks/numbers/versions/2")).Is(204);
        (await Service.Get("networks/numbers/versions/2")).Is(404);
        (await Service.Predict("numbers", """{ "inputs": [[0,0]] }""", "?version=2")).Is(404);
        Assert.Equal(1, (int?)(await Service.Predict("numbers", """{ "inputs": [[0,0]] }""")).Is(200).Json["version"]);
        Assert.Equal(3, (int?)(await Service.Train(Job.Replace("NAME", "numbers").Replace("SEED", "3")))["version"]);
    }

    [Fact]
    public async Task A_prediction_goes_to_the_version_that_is_named_else_to_production_else_to_the_newest()
    {
        await Service.Define("route", """[ { "activation": "softmax" } ]""");
        for (int seed = 1; seed <= 3; seed++) await Service.Train(Job.Replace("NAME", "route").Replace("SEED", $"{seed}"));
        Assert.Equal(3, await Answering(""));
        (await Service.Put("networks/route/aliases/production", """{ "version": 1 }""")).Is(201);
        (await Service.Put("networks/route/aliases/canary", """{ "version": 2 }""")).Is(201);
        Assert.Equal((1, 3, 2, 1, 3), (await Answering(""), await Answering("?version=latest"), await Answering("?version=canary"), await Answering("?version=production"), await Answering("?version=3")));
        Assert.Equal("""[{"alias":"canary","version":2},{"alias":"production","version":1}]""", (await Service.Get("networks/route/aliases")).Is(200).Json["items"]!.ToJsonString());
        Assert.Equal("""["production"]""", (await Service.Version("route", "1"))["aliases"]!.ToJsonString());
        (await Service.Delete("networks/route/aliases/production")).Is(204);
        Assert.Equal(3, await Answering(""));

        async Task<int?> Answering(string query) => (int?)(await Service.Predict("route", """{ "inputs": [[0,1]] }""", query)).Is(200).Json["version"];
    }

    [Theory]
    [InlineData("latest", """{ "version": 1 }""", 422, "alias", "newest version always")]
    [InlineData("12", """{ "version": 1 }""", 422, "alias", "cannot be all digits")]
    [InlineData("No", """{ "version": 1 }""", 422, "alias", "is no name")]
    [InlineData("good", """{ "version": 9 }""", 422, "version", "has no version 9")]
    [InlineData("good", """{ "version": 0 }""", 422, "version", "0 was given")]
    [InlineData("good", """{ "version": "1" }""", 400, "version", "number")]
    [InlineData("good", """{ "versoin": 1 }""", 400, "versoin", "did you mean \"version\"?")]
    public async Task An_alias_is_refused_with_its_reason(string alias, string body, int status, string path, string sentence)
    {
        if ((await Service.Get("networks/refused")).Status == 404)
        {
            await Service.Define("refused", """[ { "activation": "softmax" } ]""");
            await Service.Train(Job.Replace("NAME", "refused").Replace("SEED", "1"));
        }

        Assert.Contains(sentence, (await Service.Put($"networks/refused/aliases/{alias}", body)).Is(status).Error(path));
        Assert.Empty((await Service.Get("networks/refused/aliases")).Is(200).Json["items"]!.AsArray());
    }

    [Fact]
    public async Task What_is_not_there_is_404()
    {
        await Service.Define("bare", """[ { "activation": "softmax" } ]""");
        (await Service.Get("networks/bare/versions/latest")).Is(404);
        (await Service.Get("networks/bare/versions/1/weights")).Is(404);
        (await Service.Get("networks/nope/versions")).Is(404);
        (await Service.Get("networks/nope/aliases")).Is(404);
        (await Service.Put("networks/nope/aliases/production", """{ "version": 1 }""")).Is(404);
        (await Service.Delete("networks/bare/versions/1")).Is(404);
        Assert.Empty((await Service.Get("networks/bare/versions")).Is(200).Json["items"]!.AsArray());
    }

    [Fact]
    public async Task A_deleted_network_answers_no_longer_and_a_new_one_of_its_name_starts_from_nothing()
    {
        await Service.Define("gone", """[ { "activation": "softmax" } ]""");
        await Service.Train(Job.Replace("NAME", "gone").Replace("SEED", "1"));
        (await Service.Predict("gone", """{ "inputs": [[0,1]] }""")).Is(200);
        (await Service.Delete("networks/gone")).Is(204);
        (await Service.Predict("gone", """{ "inputs": [[0,1]] }""")).Is(404);
        await Service.Define("gone", """[ { "activation": "softmax" } ]""");
        (await Service.Predict("gone", """{ "inputs": [[0,1]] }""")).Is(409);
        Assert.Equal(1, (int?)(await Service.Train(Job.Replace("NAME", "gone").Replace("SEED", "2")))["version"]);
    }

    [Fact]
    public async Task Damaged_weights_are_found_and_never_replace_those_that_answer()
    {
        await Service.Define("damaged", """[ { "activation": "softmax" } ]""");
        for (int seed = 1; seed <= 3; seed++) await Service.Train(Job.Replace("NAME", "damaged").Replace("SEED", $"{seed}"));
        (await Service.Put("networks/damaged/aliases/production", """{ "version": 1 }""")).Is(201);
        var db = Service.Services.GetRequiredService<NeuralDb>();
        await db.WriteAsync(
            async context =>
            {
                string id = await context.Versions.Where(v => v.Number == 2 && context.Networks.Any(n => n.Id == v.NetworkId && n.Name == "damaged")).Select(v => v.Id).SingleAsync();
                var chunk = await context.WeightChunks.SingleAsync(c => c.VersionId == id);
                chunk.Bytes = [.. chunk.Bytes[..^1], (byte)(chunk.Bytes[^1] ^ 1)];
            },
            CancellationToken.None);
        string before = (await Service.Predict("damaged", """{ "inputs": [[0,1]] }""")).Is(200).Text;
        Assert.Contains("damaged", (string?)(await Service.Put("networks/damaged/aliases/production", """{ "version": 2 }""")).Is(500).Json["detail"]);
        Assert.Equal(before, (await Service.Predict("damaged", """{ "inputs": [[0,1]] }""")).Is(200).Text);
        Assert.Contains("damaged", (string?)(await Service.Predict("damaged", """{ "inputs": [[0,1]] }""", "?version=2")).Is(500).Json["detail"]);
    }
}
