namespace NeuralService.Engine.Tests;

/// <summary>A whole training in double: order, batches, dropout given its masks, regularisation, clipping, schedule, early stopping.</summary>
internal sealed class TwinTraining(NetworkDefinition net, ScalarTwin twin, Rows rows, TrainingOptions options)
{
    private double _bestForRate = double.PositiveInfinity, _bestForStop = double.PositiveInfinity;
    private int _waitedForRate, _waitedForStop, _reductions;

    /// <summary>Order of the rows in an epoch.</summary>
    public Func<int, int[]> Order { get; init; } = _ => [.. Enumerable.Range(0, rows.X.Length)];

    /// <summary>Dropout masks of the row at some position of an epoch's order, one array a layer.</summary>
    public Func<int, int, double[][]?> Masks { get; init; } = (_, _) => null;

    public List<double> Rates { get; } = [];

    public List<double> Norms { get; } = [];

    /// <summary>Loss before the first step and after each epoch.</summary>
    public List<double> Run()
    {
        var losses = new List<double> { twin.MeanLoss(rows) };
        var optimizer = new TwinOptimizer(options.Optimizer);
        double[]? best = null;
        for (int epoch = 1; epoch <= options.Epochs; epoch++)
        {
            Rates.Add(RateOf(epoch));
            RunEpoch(epoch, optimizer);
            losses.Add(twin.MeanLoss(rows));
            if (options.Schedule.Type == ScheduleType.ReduceOnPlateau && epoch > options.Schedule.WarmupEpochs) Watch(losses[^1]);
            if (options.EarlyStopping is not { } stopping) continue;
            if (losses[^1] < _bestForStop - stopping.MinDelta) (_bestForStop, _waitedForStop, best) = (losses[^1], 0, [.. twin.Parameters]);
            else if (++_waitedForStop >= stopping.Patience) break;
        }

        if (options.EarlyStopping is { RestoreBest: true }) best!.CopyTo(twin.Parameters, 0);
        return losses;
    }

    private void RunEpoch(int epoch, TwinOptimizer optimizer)
    {
        int[] order = Order(epoch);
        int size = options.BatchSize ?? order.Length;
        for (int first = 0; first < order.Length; first += size)
        {
            int[] batch = order[first..Math.Min(first + size, order.Length)];
            var gradient = new double[twin.Parameters.Length];
            for (int i = 0; i < batch.Length; i++)
                twin.AddGradient(rows.X[batch[i]], rows.Y[batch[i]], (rows.Weights?[batch[i]] ?? 1) / batch.Length, Masks(epoch, first + i), gradient);
            AddRegularization(gradient);
            double norm = Math.Sqrt(gradient.Sum(g => g * g));
            if (norm > options.MaxGradientNorm) gradient = Array.ConvertAll(gradient, g => g * options.MaxGradientNorm.Value / norm);
            optimizer.Step(twin.Parameters, gradient, Rates[^1]);
            if (first + size >= order.Length) Norms.Add(norm);
        }
    }

    // Of l1·Σ|w| + ½·l2·Σw² over the weights, not the biases.
    private void AddRegularization(double[] gradient)
    {
        for (int l = 0; l < net.Layers.Count; l++)
        {
            for (int j = 0; j < net.Layers[l].Units; j++)
            {
                for (int k = 0; k < net.InputsOf(l); k++)
                {
                    int i = twin.Weight(l, j, k);
                    gradient[i] += options.L1 * Math.Sign(twin.Parameters[i]) + options.L2 * twin.Parameters[i];
                }
            }
        }
    }

    private double RateOf(int epoch)
    {
        var s = options.Schedule;
        double rate = options.Optimizer.LearningRate;
        if (epoch <= s.WarmupEpochs) return rate * epoch / (s.WarmupEpochs + 1);
        int done = epoch - s.WarmupEpochs - 1;
        return s.Type switch
        {
            ScheduleType.Step => rate * Math.Pow(s.Factor, Math.Floor((double)done / s.EveryEpochs)),
            ScheduleType.Exponential => rate * Math.Pow(s.Factor, done),
            ScheduleType.Cosine => s.Minimum + (rate - s.Minimum) * (1 + Math.Cos(Math.PI * done / (options.Epochs - s.WarmupEpochs))) / 2,
            ScheduleType.ReduceOnPlateau => Math.Max(s.Minimum, rate * Math.Pow(s.Factor, _reductions)),
            _ => rate,
        };
    }

    private void Watch(double loss)
    {
        if (loss < _bestForRate - options.Schedule.MinDelta) (_bestForRate, _waitedForRate) = (loss, 0);
        else if (++_waitedForRate >= options.Schedule.Patience) (_waitedForRate, _reductions) = (0, _reductions + 1);
    }
}
