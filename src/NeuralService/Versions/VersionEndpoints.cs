using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Microsoft.Net.Http.Headers;
using NeuralService.Hosting;
using NeuralService.Networks;
using NeuralService.Predictions;
using NeuralService.Storage;

namespace NeuralService.Versions;

/// <summary>Versions: what training made.</summary>
internal static class VersionEndpoints
{
    private const string SafetensorsType = "application/vnd.safetensors";

    /// <summary>Maps the endpoints.</summary>
    public static void MapVersions(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/networks/{name}").WithTags("Versions");
        group.MapGet("/versions", List).WithName("listVersions").WithParameterExample("name", "iris");
        group.MapGet("/versions/{version}/weights", GetWeights).WithName("getWeights").Produces<WeightsResponse>().Produces<byte[]>(200, SafetensorsType)
            .WithParameterExample("name", "iris").WithParameterExample("version", "latest");
        group.MapPut("/aliases/{alias}", PutAlias).WithName("putAlias")
            .WithParameterExample("name", "iris").WithParameterExample("alias", "production").WithExample("""{ "version": 1 }""");
        group.MapGet("/aliases", ListAliases).WithName("listAliases").WithParameterExample("name", "iris");
        group.MapDelete("/aliases/{alias}", DeleteAlias).WithName("deleteAlias").WithParameterExample("name", "iris").WithParameterExample("alias", "production");
        group.MapGet("/versions/{version}", Get).WithName("getVersion").WithParameterExample("name", "iris").WithParameterExample("version", "latest");
        group.MapDelete("/versions/{version}", Delete).WithName("deleteVersion").WithParameterExample("name", "iris").WithParameterExample("version", "latest");
    }

    /// <summary>List the versions of a network, newest first.</summary>
    /// <param name="name">The network's name.</param>
    /// <param name="page">Which page.</param>
    /// <param name="tag">Only versions with this tag, as <c>key:value</c>; given several times, all of them.</param>
    /// <response code="200">One page of versions.</response>
    /// <response code="404">There is no such network.</response>
    public static async Task<Ok<Page<VersionResponse>>> List(
        string name, [AsParameters] PageRequest page, [FromQuery(Name = "tag")] string[]? tag, NeuralDb db, CancellationToken cancellation)
    {
        var fragments = Tags.Fragments(tag);
        return TypedResults.Ok(await db.ReadAsync(
            async context =>
            {
                var network = await NetworkEndpoints.FindAsync(context, name, cancellation);
                var aliases = await AliasesAsync(context, network.Id, cancellation);
                IQueryable<VersionRow> rows = context.Versions.Where(v => v.NetworkId == network.Id);
                foreach (string fragment in fragments)
                    rows = rows.Where(v => v.Tags.Contains(fragment));
                return await page.ReadAsync(rows, v => v.Id, v => VersionResponse.From(name, v, [.. aliases[v.Number]]), cancellation);
            },
            cancellation));
    }

    /// <summary>Get a version.</summary>
    /// <param name="name">The network's name.</param>
    /// <param name="version">A number, an alias, or latest.</param>
    /// <response code="200">The version: definition, metrics, signature, lineage.</response>
    /// <response code="404">There is no such network, version or alias.</response>
    public static async Task<Ok<VersionResponse>> Get(string name, string version, NeuralDb db, CancellationToken cancellation) => TypedResults.Ok(await db.ReadAsync(
        async context =>
        {
            var row = await FindAsync(context, name, version, cancellation);
            return VersionResponse.From(name, row, [.. (await AliasesAsync(context, row.NetworkId, cancellation))[row.Number]]);
        },
        cancellation));

    /// <summary>Get the weights of a version.</summary>
    /// <remarks>As JSON, or with <c>Accept: application/vnd.safetensors</c> as a safetensors file.</remarks>
    /// <param name="name">The network's name.</param>
    /// <param name="version">A number, an alias, or latest.</param>
    /// <response code="200">The weights, layer by layer.</response>
    /// <response code="404">There is no such network, version or alias.</response>
    public static async Task<IResult> GetWeights(
        string name, string version, HttpRequest request, NeuralDb db, VersionStore versions, CancellationToken cancellation)
    {
        var row = await db.ReadAsync(context => FindAsync(context, name, version, cancellation), cancellation);
        bool file = MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var accepted) && accepted.Any(a => a.MediaType.Equals(SafetensorsType, StringComparison.OrdinalIgnoreCase));
        if (file)
            return TypedResults.Bytes(await versions.ReadFileAsync(row, cancellation), SafetensorsType, $"{name}-{row.Number}.safetensors");
        var network = (await versions.LoadAsync(row, cancellation)).Network;
        return TypedResults.Ok(new WeightsResponse([.. network.Definition.Layers.Select((layer, i) =>
            new LayerWeightsResponse([.. network.Weights(i).ToArray().Chunk(network.Definition.InputsOf(i))], network.Biases(i).ToArray()))]));
    }

    /// <summary>Point an alias to a version.</summary>
    /// <remarks>Predictions that name the alias, or production's where none is named, are answered by the new version from then on; none fails on the way.</remarks>
    /// <param name="name">The network's name.</param>
    /// <param name="alias">The alias; neither latest nor all digits.</param>
    /// <response code="200">The alias was moved.</response>
    /// <response code="201">The alias is new.</response>
    /// <response code="404">There is no such network.</response>
    /// <response code="422">There is no such version, or the alias may not have that name.</response>
    public static async Task<Results<Ok<AliasResponse>, Created<AliasResponse>>> PutAlias(
        string name, string alias, JsonBody<AliasRequest> body, NeuralDb db, ModelCatalog models, CancellationToken cancellation)
    {
        if (!Names.Allowed(alias) || alias == "latest" || alias.All(char.IsAsciiDigit))
            throw Problems.BadAlias(alias);
        int number = body.Checked().Version;
        await models.WarmAsync(name, number, cancellation);
        bool isNew = await db.WriteAsync(
            async context =>
            {
                var network = await NetworkEndpoints.FindAsync(context, name, cancellation);
                if (!await context.Versions.AnyAsync(v => v.NetworkId == network.Id && v.Number == number, cancellation))
                    throw Problems.AliasWithoutVersion(name, number);
                var row = await context.Aliases.SingleOrDefaultAsync(a => a.NetworkId == network.Id && a.Alias == alias, cancellation);
                if (row is null)
                    context.Aliases.Add(new AliasRow { NetworkId = network.Id, Alias = alias, Number = number });
                else
                    row.Number = number;
                return row is null;
            },
            cancellation);
        await models.RefreshAsync(name, CancellationToken.None);
        var answer = new AliasResponse(alias, number);
        return isNew ? TypedResults.Created($"/api/v1/networks/{name}/aliases", answer) : TypedResults.Ok(answer);
    }

    /// <summary>List the aliases of a network.</summary>
    /// <param name="name">The network's name.</param>
    /// <response code="200">The aliases, by name.</response>
    /// <response code="404">There is no such network.</response>
    public static async Task<Ok<AliasesResponse>> ListAliases(string name, NeuralDb db, CancellationToken cancellation) => TypedResults.Ok(await db.ReadAsync(
        async context =>
        {
            var network = await NetworkEndpoints.FindAsync(context, name, cancellation);
            return new AliasesResponse(await context.Aliases.Where(a => a.NetworkId == network.Id).OrderBy(a => a.Alias).Select(a => new AliasResponse(a.Alias, a.Number)).ToListAsync(cancellation));
        },
        cancellation));

    /// <summary>Delete an alias.</summary>
    /// <param name="name">The network's name.</param>
    /// <param name="alias">The alias.</param>
    /// <response code="204">It is gone; the version stays.</response>
    /// <response code="404">There is no such network or alias.</response>
    public static async Task<NoContent> DeleteAlias(string name, string alias, NeuralDb db, ModelCatalog models, CancellationToken cancellation)
    {
        await db.WriteAsync(
            async context =>
            {
                var network = await NetworkEndpoints.FindAsync(context, name, cancellation);
                if (await context.Aliases.Where(a => a.NetworkId == network.Id && a.Alias == alias).ExecuteDeleteAsync(cancellation) == 0)
                    throw Problems.VersionNotFound(name, alias);
            },
            cancellation);
        await models.RefreshAsync(name, CancellationToken.None);
        return TypedResults.NoContent();
    }

    /// <summary>Delete a version.</summary>
    /// <param name="name">The network's name.</param>
    /// <param name="version">A number, an alias, or latest.</param>
    /// <response code="204">It is gone; its number is not given again.</response>
    /// <response code="404">There is no such network, version or alias.</response>
    /// <response code="409">An alias points to it.</response>
    public static async Task<NoContent> Delete(string name, string version, NeuralDb db, ModelCatalog models, CancellationToken cancellation)
    {
        await db.WriteAsync(
            async context =>
            {
                var row = await FindAsync(context, name, version, cancellation);
                string[] aliases = [.. (await AliasesAsync(context, row.NetworkId, cancellation))[row.Number]];
                if (aliases.Length > 0)
                    throw Problems.VersionInUse(name, row.Number, aliases);
                await context.WeightChunks.Where(c => c.VersionId == row.Id).ExecuteDeleteAsync(cancellation);
                context.Versions.Remove(row);
            },
            cancellation);
        await models.RefreshAsync(name, CancellationToken.None);
        return TypedResults.NoContent();
    }

    /// <summary>The version that a path names.</summary>
    /// <exception cref="Refusal">404 where there is no such network, version or alias.</exception>
    public static async Task<VersionRow> FindAsync(NeuralDbContext context, string name, string version, CancellationToken cancellation)
    {
        var network = await NetworkEndpoints.FindAsync(context, name, cancellation);
        var rows = context.Versions.Where(v => v.NetworkId == network.Id);
        int? number = int.TryParse(version, System.Globalization.NumberStyles.None, null, out int given) ? given
            : version == "latest" ? await rows.MaxAsync(v => (int?)v.Number, cancellation)
            : (await context.Aliases.SingleOrDefaultAsync(a => a.NetworkId == network.Id && a.Alias == version, cancellation))?.Number;
        return await rows.SingleOrDefaultAsync(v => v.Number == number, cancellation) ?? throw Problems.VersionNotFound(name, version);
    }

    private static async Task<ILookup<int, string>> AliasesAsync(NeuralDbContext context, string networkId, CancellationToken cancellation) =>
        (await context.Aliases.Where(a => a.NetworkId == networkId).OrderBy(a => a.Alias).ToListAsync(cancellation)).ToLookup(a => a.Number, a => a.Alias);
}
