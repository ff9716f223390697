namespace NeuralService.Engine;

internal static class VectorFunctions
{
    public static void Exp(Span<float> values)
    {
        foreach (ref float v in values) v = (float)Elementary.Exp(v);
    }

    public static void Tanh(Span<float> values)
    {
        foreach (ref float v in values) v = (float)Elementary.Tanh(v);
    }

    public static void Sigmoid(Span<float> values)
    {
        foreach (ref float v in values) v = (float)Elementary.Sigmoid(v);
    }
}
