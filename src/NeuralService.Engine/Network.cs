using System.Buffers.Binary;
using System.Security.Cryptography;

namespace NeuralService.Engine;

/// <summary>A definition with its parameters.</summary>
/// <remarks>
/// All parameters lie in one array in canonical order: layer by layer, the weights row by row (row j holds the weights into unit j, shape [units, inputs]),
/// then the biases, shape [units]. Gradients and the optimizer's moments have the same shape, so that an optimizer step is one walk over equal arrays.
/// </remarks>
public sealed class Network
{
    /// <summary>Number of the rules by which this engine computes; it changes when a change of the code changes a single bit of a result.</summary>
    public const int Dialect = 2;

    private readonly int[] _offsets;

    /// <summary>Takes the parameters as they are, without a copy.</summary>
    /// <param name="definition">The definition.</param>
    /// <param name="parameters">The parameters in canonical order, of length <see cref="NetworkDefinition.ParameterCount"/>.</param>
    /// <exception cref="ArgumentException">The number of parameters is not the definition's, or a leakyRelu has a slope below 0.</exception>
    public Network(NetworkDefinition definition, float[] parameters)
    {
        if (definition.ParameterCount != parameters.Length)
            throw new ArgumentException($"The definition has {definition.ParameterCount} parameters; {parameters.Length} were given.", nameof(parameters));
        // Backpropagation tells the side of the kink from the sign of the activation.
        if (definition.Layers.FirstOrDefault(l => l.Activation == Activation.LeakyRelu && !(l.NegativeSlope >= 0)) is { } layer)
            throw new ArgumentException($"The slope of leakyRelu below 0 is 0 or more; {layer.NegativeSlope} was given.", nameof(definition));
        Definition = definition;
        Parameters = parameters;
        _offsets = new int[definition.Layers.Count];
        for (int i = 1; i < _offsets.Length; i++)
            _offsets[i] = _offsets[i - 1] + definition.Layers[i - 1].Units * (definition.InputsOf(i - 1) + 1);
    }

    /// <summary>The definition.</summary>
    public NetworkDefinition Definition { get; }

    /// <summary>All parameters, in canonical order.</summary>
    public float[] Parameters { get; }

    /// <summary>A network with first weights drawn by the layers' initializers; the same seed gives the same bits.</summary>
    public static Network Initialize(NetworkDefinition definition, ulong seed)
    {
        var network = new Network(definition, new float[definition.ParameterCount]);
        for (int i = 0; i < definition.Layers.Count; i++)
            Initialization.Draw(definition.Layers[i], definition.InputsOf(i), seed, i, network.Weights(i));
        return network;
    }

    /// <summary>Weights of a layer, shape [units, inputs].</summary>
    public Span<float> Weights(int layer) => WeightsOf(Parameters, layer);

    /// <summary>Biases of a layer, shape [units].</summary>
    public Span<float> Biases(int layer) => BiasesOf(Parameters, layer);

    /// <summary>The part of an array in canonical order (a gradient, say) that belongs to the weights of a layer.</summary>
    public Span<float> WeightsOf(float[] array, int layer) =>
        array.AsSpan(_offsets[layer], Definition.Layers[layer].Units * Definition.InputsOf(layer));

    /// <summary>The part of an array in canonical order that belongs to the biases of a layer.</summary>
    public Span<float> BiasesOf(float[] array, int layer) =>
        array.AsSpan(_offsets[layer] + Definition.Layers[layer].Units * Definition.InputsOf(layer), Definition.Layers[layer].Units);

    /// <summary>SHA-256, in lower-case hex, of the parameters as little-endian float32 in canonical order.</summary>
    public string WeightsSha256()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> buffer = stackalloc byte[4096];
        for (int start = 0; start < Parameters.Length; start += buffer.Length / 4)
        {
            int count = Math.Min(buffer.Length / 4, Parameters.Length - start);
            for (int i = 0; i < count; i++) BinaryPrimitives.WriteSingleLittleEndian(buffer[(4 * i)..], Parameters[start + i]);
            hash.AppendData(buffer[..(4 * count)]);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
