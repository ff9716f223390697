using NeuralService.Engine;
using NeuralService.Hosting;
using NeuralService.Networks;
using NeuralService.Predictions;
using NeuralService.Storage;
using NeuralService.Training;
using NeuralService.Versions;

namespace NeuralService.Inspection;

/// <summary>What an inspection computes on.</summary>
/// <param name="Name">Name of the network.</param>
/// <param name="Definition">Its definition with every size known.</param>
/// <param name="Parameters">Its parameters in double, one entry a layer.</param>
/// <param name="Model">The version they come from; null where the request brought them.</param>
internal sealed record InspectedNetwork(string Name, NetworkDefinition Definition, LayerParameters[] Parameters, Model? Model)
{
    /// <summary>Names of the classes in the order of the outputs (of a single output: those of 0 and 1); null where the outputs are numbers.</summary>
    public IReadOnlyList<string>? Classes
    {
        get
        {
            if (Model is not null) return Model.Targets.Kind switch { TargetKind.Classes => Model.Targets.Classes, TargetKind.MultiLabel => Model.Targets.Names, _ => null };
            bool decides = Definition.Output.Activation is Activation.Softmax or Activation.Step || Definition.Loss == Loss.BinaryCrossEntropy;
            return decides ? [.. Enumerable.Range(0, Math.Max(2, Definition.Output.Units)).Select(i => i.ToString())] : null;
        }
    }

    /// <summary>The target of a class: 1 at its output, or its index where a single output tells two classes apart.</summary>
    public double[] TargetOf(int index)
    {
        if (Definition.Output.Units == 1) return [index];
        var target = new double[Definition.Output.Units];
        target[index] = 1;
        return target;
    }
}

/// <summary>Finds the parameters of an inspection: those of a version, or those that the request brings.</summary>
internal sealed class InspectedNetworks(NeuralDb db, ModelCatalog models, VersionStore versions)
{
    /// <summary>The network with its parameters.</summary>
    /// <param name="name">The network's name.</param>
    /// <param name="version">A version, or null.</param>
    /// <param name="layers">Explicit parameters, or null.</param>
    /// <param name="faults">Receives what is wrong with the layers; then the answer is null.</param>
    /// <param name="cancellation">Ends the reading.</param>
    /// <exception cref="Refusal">404 without such a network or version; 409 without layers where there is no version.</exception>
    public async Task<InspectedNetwork?> FindAsync(string name, string? version, IReadOnlyList<LayerWeights>? layers, Faults faults, CancellationToken cancellation)
    {
        if (layers is null) return faults.Has("layers") ? null : await OfVersionAsync(name, version, cancellation);
        var row = await db.ReadAsync(context => NetworkEndpoints.FindAsync(context, name, cancellation), cancellation);
        if (version is not null) faults.Meaningless("layers", Problems.VersionOrLayers());
        var definition = Json.Read<Definition>(row.Definition);
        WeightsCheck.Run(layers, definition, definition.InputSize, definition.Layers[^1].Units, "layers", faults);
        if (faults.Has("layers")) return null;
        var resolved = definition.Resolve(layers[0].Weights[0].Length, layers[^1].Weights.Length);
        return new InspectedNetwork(name, resolved, [.. layers.Select(l => new LayerParameters(l.Weights, l.Biases))], null);
    }

    private async Task<InspectedNetwork> OfVersionAsync(string name, string? version, CancellationToken cancellation)
    {
        var model = await models.FindAsync(name, version, cancellation);
        var row = await db.ReadAsync(context => VersionEndpoints.FindAsync(context, name, model.Number.ToString(), cancellation), cancellation);
        var loaded = await versions.LoadAsync(row, cancellation);
        return new InspectedNetwork(name, loaded.Network.Definition, LayerParameters.Of(loaded.Network), model);
    }
}
