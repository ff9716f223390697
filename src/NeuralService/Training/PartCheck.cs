using NeuralService.Hosting;

namespace NeuralService.Training;

/// <summary>Checks how validation and test parts are asked for.</summary>
internal static class PartCheck
{
    /// <summary>Inline data can only be split by fractions.</summary>
    public static void NoTables(TrainingRequest request, Faults faults)
    {
        foreach (var (name, part) in new[] { ("validation", request.Validation), ("test", request.Test) })
        {
            if (part?.Dataset is not null) faults.Meaningless($"{name}.dataset", Problems.OnlyForTables());
            if (part?.SplitColumn is not null) faults.Meaningless($"{name}.splitColumn", Problems.OnlyForTables());
        }
    }

    /// <summary>At most one way a part (none is no part), and rows left to learn from.</summary>
    public static void Shares(TrainingRequest request, long rows, Faults faults)
    {
        Part("validation", request.Validation);
        Part("test", request.Test);
        if (request.Test?.SplitColumn is not null && !faults.Has("test")) faults.Meaningless("test.splitColumn", Problems.SplitColumnOnValidation());
        if (request.Validation?.SplitColumn is not null && request.Test is not null && !faults.Has("test")) faults.Meaningless("test", Problems.SplitColumnServesBoth());
        double validation = request.Validation?.Fraction ?? 0, test = request.Test?.Fraction ?? 0;
        if (validation + test > 0 && Rows(validation) + Rows(test) >= rows && !faults.Has("validation") && !faults.Has("test"))
            faults.Meaningless("validation.fraction", Problems.NoTrainingRows(rows));

        double Rows(double share) => Math.Round(share * rows, MidpointRounding.AwayFromZero); // as the split rounds

        void Part(string name, PartRequest? part)
        {
            if (part is null || faults.Has(name)) return;
            int ways = (part.Fraction is null ? 0 : 1) + (part.Dataset is null ? 0 : 1) + (part.SplitColumn is null ? 0 : 1);
            if (ways > 1) faults.Meaningless(name, Problems.OneWayToSplit());
            else if (part.Fraction is > 0 and { } share && Rows(share) < 1) faults.Meaningless($"{name}.fraction", Problems.EmptyPart(share, rows));
        }
    }

    /// <summary>Whether the job will have validation rows.</summary>
    public static bool Validates(TrainingRequest request) => request.Validation is { } v && (v.Fraction > 0 || v.Dataset is not null || v.SplitColumn is not null);
}
