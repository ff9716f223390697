namespace NeuralService.Training;

internal static class LossHistoryEndpoints
{
    public static void MapLossHistory(this IEndpointRouteBuilder group) { }
    public static void MapJobEvents(this IEndpointRouteBuilder group) { }
}
