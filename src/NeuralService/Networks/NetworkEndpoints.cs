using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using NeuralService.Hosting;
using NeuralService.Predictions;
using NeuralService.Storage;

namespace NeuralService.Networks;

/// <summary>Networks: what to train.</summary>
internal static class NetworkEndpoints
{
    private static readonly string[] OpenStatuses = ["queued", "running", "paused"];

    private const string ThreeSpecies = """
        {
          "name": "my-iris",
          "description": "three species from four measurements",
          "inputSize": 4,
          "layers": [
            { "units": 16, "activation": "tanh" },
            { "units": 3, "activation": "softmax" }
          ],
          "loss": "crossEntropy"
        }
        """;

    private const string OpenSizes = """
        { "name": "my-table", "layers": [ { "units": 32, "activation": "relu" }, { "activation": "softmax" } ] }
        """;

    private const string Wider = """
        {
          "description": "three species from four measurements, wider",
          "layers": [
            { "units": 32, "activation": "relu", "dropout": 0.1 },
            { "activation": "softmax" }
          ],
          "tags": { "course": "iris" }
        }
        """;

    /// <summary>Maps the endpoints.</summary>
    public static RouteGroupBuilder MapNetworks(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/networks").WithTags("Networks");
        group.MapPost("/", Create).WithName("createNetwork")
            .WithExample(ThreeSpecies, "classes", "Three species from four measurements")
            .WithExample(OpenSizes, "open", "Sizes left out: each training takes them from its own table");
        group.MapPut("/{name}", Change).WithName("changeNetwork")
            .WithParameterExample("name", "my-iris")
            .WithExample(Wider);
        group.MapGet("/", List).WithName("listNetworks");
        group.MapGet("/{name}", Get).WithName("getNetwork").WithParameterExample("name", "my-iris");
        group.MapDelete("/{name}", Delete).WithName("deleteNetwork").WithParameterExample("name", "my-iris");
        return group;
    }

    /// <summary>Define a network.</summary>
    /// <remarks>Sizes left out stay open: each training takes them from its own data.</remarks>
    /// <response code="201">The network, with the number of its parameters.</response>
    /// <response code="409">The name is taken.</response>
    public static async Task<Created<NetworkResponse>> Create(
        JsonBody<NetworkRequest> body, NeuralDb db, Settings settings, TimeProvider clock, CancellationToken cancellation)
    {
        var (request, faults) = (body.Value, body.Faults);
        Names.Check(faults, "name", request.Name);
        Tags.Check(faults, "tags", request.Tags);
        var definition = DefinitionCheck.Check(faults, "$", request.InputSize, request.Layers, request.Loss, settings.Limits);
        faults.ThrowIfAny();
        var now = clock.Now();
        var row = new NetworkRow
        {
            Id = Ids.New(),
            Name = request.Name,
            Description = request.Description,
            Definition = Json.Write(definition),
            Tags = Tags.Write(request.Tags),
            CreatedAt = now,
            UpdatedAt = now,
            Revision = 1,
        };
        await db.WriteAsync(
            async context =>
            {
                if (await context.Networks.AnyAsync(n => n.Name == row.Name, cancellation))
                    throw Problems.NetworkNameTaken(row.Name);
                context.Networks.Add(row);
            },
            cancellation);
        return TypedResults.Created($"/api/v1/networks/{row.Name}", NetworkResponse.From(row));
    }

    /// <summary>Change the definition of a network, for later jobs.</summary>
    /// <remarks>The whole definition is replaced. Versions keep the definition that they were trained with.</remarks>
    /// <param name="name">The network's name.</param>
    /// <response code="200">The network as it is now.</response>
    /// <response code="404">There is no such network.</response>
    public static async Task<Ok<NetworkResponse>> Change(
        string name, JsonBody<NetworkChange> body, NeuralDb db, Settings settings, TimeProvider clock, CancellationToken cancellation)
    {
        var (request, faults) = (body.Value, body.Faults);
        if (request.Name is not null && request.Name != name && !faults.Has("name"))
            faults.Meaningless("name", Problems.OtherName(name, request.Name));
        Tags.Check(faults, "tags", request.Tags);
        var definition = DefinitionCheck.Check(faults, "$", request.InputSize, request.Layers, request.Loss, settings.Limits);
        faults.ThrowIfAny();
        return TypedResults.Ok(await db.WriteAsync(
            async context =>
            {
                var row = await FindAsync(context, name, cancellation);
                row.Description = request.Description;
                row.Definition = Json.Write(definition);
                row.Tags = Tags.Write(request.Tags);
                row.UpdatedAt = clock.Now();
                row.Revision++;
                return NetworkResponse.From(row);
            },
            cancellation));
    }

    /// <summary>List the networks, newest first.</summary>
    /// <param name="page">Which page.</param>
    /// <param name="tag">Only networks with this tag, as <c>key:value</c>; given several times, all of them.</param>
    /// <response code="200">One page of networks.</response>
    public static async Task<Ok<Page<NetworkResponse>>> List(
        [AsParameters] PageRequest page, [FromQuery(Name = "tag")] string[]? tag, NeuralDb db, CancellationToken cancellation)
    {
        var fragments = Tags.Fragments(tag);
        return TypedResults.Ok(await db.ReadAsync(
            context =>
            {
                IQueryable<NetworkRow> rows = context.Networks;
                foreach (string fragment in fragments)
                    rows = rows.Where(n => n.Tags.Contains(fragment));
                return page.ReadAsync(rows, n => n.Id, NetworkResponse.From, cancellation);
            },
            cancellation));
    }

    /// <summary>Get a network.</summary>
    /// <param name="name">The network's name.</param>
    /// <response code="200">The network.</response>
    /// <response code="404">There is no such network.</response>
    public static async Task<Ok<NetworkResponse>> Get(string name, NeuralDb db, CancellationToken cancellation) =>
        TypedResults.Ok(NetworkResponse.From(await db.ReadAsync(context => FindAsync(context, name, cancellation), cancellation)));

    /// <summary>Delete a network with its versions and aliases.</summary>
    /// <remarks>Jobs that have ended stay, as history.</remarks>
    /// <param name="name">The network's name.</param>
    /// <response code="204">It is gone.</response>
    /// <response code="404">There is no such network.</response>
    /// <response code="409">A training job of this network is open.</response>
    public static async Task<NoContent> Delete(string name, NeuralDb db, ModelCatalog models, CancellationToken cancellation)
    {
        await db.WriteAsync(
            async context =>
            {
                var row = await FindAsync(context, name, cancellation);
                var open = await context.TrainingJobs
                    .Where(j => j.NetworkId == row.Id && OpenStatuses.Contains(j.Status))
                    .Select(j => new { j.Id, j.Status })
                    .FirstOrDefaultAsync(cancellation);
                if (open is not null)
                    throw Problems.NetworkInUse(name, open.Id, open.Status);
                await context.WeightChunks.Where(c => context.Versions.Any(v => v.NetworkId == row.Id && v.Id == c.VersionId)).ExecuteDeleteAsync(cancellation);
                context.Networks.Remove(row);   // versions and aliases go along by cascade
            },
            cancellation);
        await models.RefreshAsync(name, CancellationToken.None);
        return TypedResults.NoContent();
    }

    /// <summary>The network of this name.</summary>
    /// <exception cref="Refusal">404 where there is none.</exception>
    public static async Task<NetworkRow> FindAsync(NeuralDbContext context, string name, CancellationToken cancellation) =>
        await context.Networks.SingleOrDefaultAsync(n => n.Name == name, cancellation) ?? throw Problems.NetworkNotFound(name);
}
