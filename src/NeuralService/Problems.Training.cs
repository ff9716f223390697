using NeuralService.Engine;
using NeuralService.Hosting;

namespace NeuralService;

/// <content>Refusals and sentences about training jobs.</content>
public static partial class Problems
{
    /// <summary>404: no such job.</summary>
    public static Refusal JobNotFound(string id) => new(404, "Training job not found", $"There is no training job \"{Short(id)}\".");

    /// <summary>409: the job has ended.</summary>
    public static Refusal JobHasEnded(string id, string status) => new(409, "Training job has ended", $"The training job {id} has {status} already.");

    /// <summary>409: the job is running.</summary>
    public static Refusal JobIsRunning(string id) => new(409, "Training job is running", $"The training job {id} is running; cancel it before it is deleted.");

    /// <summary>429: too many open jobs.</summary>
    public static Refusal TooManyJobs(int most) => new(429, "Too many open jobs",
        $"{Number(most)} training jobs are queued or running, which is the most allowed (Limits:OpenJobs); try again when one has ended.")
    { RetryAfter = TimeSpan.FromSeconds(5) };

    /// <summary>409: what the job needs was changed while the request was checked.</summary>
    public static Refusal ChangedMeanwhile(string what) => new(409, "Changed meanwhile", $"{what} was deleted or replaced while this request was checked; send it again.");

    /// <summary>Neither or both of table and inline data.</summary>
    public static string OneDataSource() => "Give either dataset (with target), or inputs (with targets or labels).";

    /// <summary>Neither or both of targets and labels.</summary>
    public static string OneKindOfTargets() => "inputs need either targets (rows of numbers) or labels (class names).";

    /// <summary>A field that inline data does not have.</summary>
    public static string OnlyForTables() => "This field belongs to a stored table (data.dataset), not to inline data.";

    /// <summary>A field that a table does not have.</summary>
    public static string OnlyInline() => "This field belongs to inline data (data.inputs), not to a stored table.";

    /// <summary>No target.</summary>
    public static string TargetMissing() => "A table needs target: the column to predict, or a list of several numeric ones.";

    /// <summary>No such table, said of a body.</summary>
    public static string NoSuchDataset(string name) => $"There is no dataset \"{Short(name)}\".";

    /// <summary>No such version, said of a body.</summary>
    public static string NoSuchVersion(string network, int number) => $"The network \"{network}\" has no version {Number(number)}.";

    /// <summary>An empty list of columns, or one name twice.</summary>
    public static string NoDistinctColumns() => "Give at least one column, each once.";

    /// <summary>A target among the features.</summary>
    public static string TargetAsFeature(string name) => $"\"{Short(name)}\" is a target; a column cannot be both.";

    /// <summary>Missing targets.</summary>
    public static string RowsWithoutTarget(string column, long count, IReadOnlyList<long> rows) =>
        $"{Number(count)} row{(count == 1 ? " has" : "s have")} no value in \"{Short(column)}\" ({(rows.Count < count ? "the first of them are " : "")}data row{(rows.Count == 1 ? "" : "s")} "
        + $"{string.Join(", ", rows.Select(r => Number(r + 1)))}); every row needs a target.";

    /// <summary>Nothing to predict from.</summary>
    public static string NoFeatures() => "No column is left to predict from; targets, split column, ignored columns and columns that look like names or ids are left out.";

    /// <summary>A column left out by itself.</summary>
    public static string LeftOut(string name, long distinct) =>
        $"The column \"{Short(name)}\" is left out: it looks like a name or an id ({Number(distinct)} different texts); name it in data.features to use it.";

    /// <summary>An encoding that does not fit a column.</summary>
    public static string EncodeDoesNotFit(string column, ColumnEncoding encode) =>
        $"{Camel(encode.ToString())} needs numbers, and \"{Short(column)}\" is categorical; allowed are oneHot and ignore.";

    /// <summary>An imputation that does not fit a column.</summary>
    public static string ImputeDoesNotFit(string column, Imputation impute) =>
        $"{Camel(impute.ToString())} needs numbers, and \"{Short(column)}\" is categorical; allowed are mostFrequent and error.";

    /// <summary>Missing values where none are allowed.</summary>
    public static string MissingNotAllowed(string column, long missing) => $"\"{Short(column)}\" has {Number(missing)} missing values, and impute is error.";

    /// <summary>A column with too many texts to encode.</summary>
    public static string TooManyCategories(string column, long distinct) =>
        $"\"{Short(column)}\" has about {Number(distinct)} different texts, too many to encode; leave it out (preprocessing: encode ignore).";

    /// <summary>A split column with other words.</summary>
    public static string BadSplitColumn(string name) => $"Every row of \"{Short(name)}\" must say train, validation or test, and some must say train.";

    /// <summary>A part asked for in several ways.</summary>
    public static string OneWayToSplit() => "Give one of fraction, dataset and splitColumn.";

    /// <summary>A split column without rows to watch.</summary>
    public static string NoValidationInSplit(string name) => $"No row of \"{Short(name)}\" says validation, and this job watches validation rows.";

    /// <summary>A split column where it does not belong.</summary>
    public static string SplitColumnOnValidation() => "splitColumn stands on validation; it serves both parts.";

    /// <summary>Test given beside a split column.</summary>
    public static string SplitColumnServesBoth() => "validation.splitColumn says which rows are for the test; leave test out.";

    /// <summary>A part without rows.</summary>
    public static string EmptyPart(double share, long rows) => $"{share} of {Number(rows)} rows is less than one row.";

    /// <summary>No rows left to learn from.</summary>
    public static string NoTrainingRows(long rows) => $"Of {Number(rows)} rows none is left to learn from.";

    /// <summary>Another table that does not have the same columns.</summary>
    public static string OtherTableDiffers(string table, string column, ColumnType? found, ColumnType expected) => found is null
        ? $"The dataset \"{table}\" has no column \"{Short(column)}\"."
        : $"The column \"{Short(column)}\" of the dataset \"{table}\" is {Camel(found.Value.ToString())}; in the training table it is {Camel(expected.ToString())}.";

    /// <summary>A column of labels with other numbers than 0 and 1.</summary>
    public static string BadLabelColumn(string name) => $"\"{Short(name)}\" is one of several labels and must hold 0 and 1.";

    /// <summary>A network with another number of outputs than the targets need.</summary>
    public static string WrongOutputUnits(int units, int needed, int? classes, bool values) =>
        $"The last layer has {Number(units)} unit{(units == 1 ? "" : "s")}; the target {(values || classes is null ? $"needs {Number(needed)}" : $"has {Number(classes.Value)} classes and needs {Number(needed)}")}. "
        + "Left out, units follow the data.";

    /// <summary>Several targets under an output that decides between classes.</summary>
    public static string SeveralTargets(Activation output) => output is Activation.Softmax or Activation.Step
        ? $"Several targets were given; {Camel(output.ToString())} predicts one column of classes."
        : "Several targets must be numeric (or boolean, under sigmoid and binaryCrossEntropy).";

    /// <summary>One class alone.</summary>
    public static string OneClass() => "All rows have the same class; there is nothing to tell apart. At least two classes are needed.";

    /// <summary>A step unit for more than two classes.</summary>
    public static string StepWithManyClasses(int classes) => $"The target has {Number(classes)} classes; a step output tells two apart.";

    /// <summary>Classes under an output that gives no probabilities.</summary>
    public static string ClassesNeedProbabilities(Activation output) => $"The target holds classes, and the output is {Camel(output.ToString())}; classes need softmax, sigmoid or step.";

    /// <summary>Rows of target numbers of the wrong length for the output.</summary>
    public static string WrongTargetCount(Activation output, int given) => output == Activation.Softmax
        ? $"Each row of targets has {Number(given)} number; softmax needs one for each of at least two classes (one-hot)."
        : $"Each row of targets has {Number(given)} numbers; a step output needs one, 0 or 1.";

    /// <summary>A target number that is no probability.</summary>
    public static string BadClassTarget(double given, Activation output) =>
        output == Activation.Step ? $"{given} was given; a step output learns 0 or 1." : $"{given} was given; this target is a probability, from 0 to 1.";

    /// <summary>A softmax target that does not sum to 1.</summary>
    public static string NotADistribution(double sum) => $"The numbers sum to {sum}; under softmax a row of targets sums to 1 (one-hot: 1 at the class, 0 elsewhere).";

    /// <summary>No rows.</summary>
    public static string NoRowsInline() => "At least one row with at least one value is needed.";

    /// <summary>Another number of targets than of inputs.</summary>
    public static string RowsDiffer(int inputs, int targets) => $"{Number(targets)} were given for {Number(inputs)} rows of inputs; each row needs one.";

    /// <summary>A row that is too short or too long.</summary>
    public static string WrongRowLength(int given, int expected) => $"The row has {Number(given)} value{(given == 1 ? "" : "s")}; {Number(expected)} {(expected == 1 ? "is" : "are")} expected.";

    /// <summary>Encoded features of another width than the network takes.</summary>
    public static string WrongInputWidth(int inputSize, int width) =>
        $"The network takes {Number(inputSize)} inputs; the encoded features are {Number(width)} (one per number or boolean, one per category). Left out, inputSize follows the data.";

    /// <summary>More encoded values than one array holds.</summary>
    public static string TooManyValues(long rows, int width, long most) =>
        $"{Number(rows)} rows of {Number(width)} encoded values are {Number(rows * width)}; a training takes at most {Number(most)}.";

    /// <summary>The perceptron rule on another network.</summary>
    public static string PerceptronRuleNeedsPerceptron() => "The perceptron rule trains one step unit with the perceptron loss; for this network use sgd, rmsProp, adam or adamW.";

    /// <summary>Something that the perceptron rule does not use.</summary>
    public static string NotWithPerceptronRule() => "The perceptron rule does not use this; leave it out, or use another optimizer.";

    /// <summary>A step where a gradient is needed.</summary>
    public static string StepCannotLearn() => "The derivative of step is 0 everywhere, so gradient descent cannot train this network; use sigmoid, or one step unit with the perceptron loss.";

    /// <summary>A field of another type of optimizer or schedule.</summary>
    public static string NotOfThisType(string field, string type, IReadOnlyList<string> types) => $"{Camel(type)} has no {field}; it belongs to {string.Join(", ", types.Select(Camel))}.";

    /// <summary>Nesterov without momentum.</summary>
    public static string NesterovNeedsMomentum() => "nesterov needs a momentum above 0.";

    /// <summary>A figure that will not exist.</summary>
    public static string NoValidationRows(string monitor) => $"{Camel(monitor)} needs validation rows; ask for them under validation.";

    /// <summary>A figure of classes for a regression.</summary>
    public static string NoClasses() => "The target is a number, not a class; accuracy and class weights do not exist for it.";

    /// <summary>An empty stopWhen.</summary>
    public static string NoCondition() => "Give at least one of trainingLoss, trainingAccuracy, validationLoss, validationAccuracy and seconds.";

    /// <summary>Neither or both ways to give first weights.</summary>
    public static string OneKindOfWeights() => "Give either version or layers.";

    /// <summary>Explicit weights for another number of layers.</summary>
    public static string WrongLayerCount(int given, int expected) => $"Weights of {Number(given)} layers were given; the network has {Number(expected)}.";

    /// <summary>Explicit weights of another shape, seen when the data is read.</summary>
    public static string InitialLayerShape(int layer, NetworkDefinition definition) =>
        $"initialWeights.layers[{layer}] must have {definition.Layers[layer].Units} rows of {definition.InputsOf(layer)} weights, and {definition.Layers[layer].Units} biases.";

    /// <summary>The version to start from is gone.</summary>
    public static string InitialVersionGone(int number) => $"Version {number}, whose weights were to start from, was deleted.";

    /// <summary>The version to start from has another shape.</summary>
    public static string InitialVersionShape(int number) => $"Version {number}, whose weights were to start from, has layers of other sizes than this data needs.";

    /// <summary>A class that the training table does not have.</summary>
    public static string UnknownClass(string text, string column) => $"The class \"{Short(text)}\" of \"{Short(column)}\" does not occur in the training table.";

    /// <summary>A weight for a class that does not occur.</summary>
    public static string NoSuchClass(string name, IEnumerable<string> known) => $"There is no class \"{Short(name)}\"; {DidYouMean(name, known.Take(20))}";

    /// <summary>Class weights where rows have several classes.</summary>
    public static string SeveralClassesPerRow() => "Each row has several labels, so no class weight can be given to it; leave classWeights out.";

    /// <summary>Class shares of numbers.</summary>
    public static string NothingToStratify() => "The target is not a class, so there are no class shares to keep; leave stratify out.";

    /// <summary>Unseen categories outside of the training rows.</summary>
    public static string UnseenCategories(int count, string part) =>
        $"{Number(count)} value{(count == 1 ? "" : "s")} of the {part} rows {(count == 1 ? "is a category" : "are categories")} that the training rows do not hold; encoded as none of the known.";

    /// <summary>A perceptron that did not converge.</summary>
    public static string NotConverged() => "The perceptron rule did not converge: no line was found that separates the training rows. The version holds the best weights after any update.";

    /// <summary>An output that cannot reach standardised targets.</summary>
    public static string OutputCannotReach(Activation output) =>
        $"The target is standardised (mean 0, deviation 1), and a {Camel(output.ToString())} output reaches only a part of that range; linear reaches all of it.";

    /// <summary>A diverged run.</summary>
    public static string Diverged(int epoch) =>
        $"The loss was no longer a finite number in epoch {Number(epoch)}. Try a smaller learning rate, regularization.maxGradientNorm, or standardised inputs.";

    /// <summary>Out of memory.</summary>
    public static string NotEnoughMemory() => "There was not enough memory for the data and the network.";

    /// <summary>The perceptron rule on more rows than fit in memory.</summary>
    public static string TooLargeForPerceptron(long bytes, long allowed) =>
        $"The perceptron rule needs all encoded rows in memory: {Number(bytes)} bytes, of which Training:DataBytes leaves a job {Number(allowed)}. Another optimizer reads them from the database.";

    /// <summary>A job that failed by a fault of the service.</summary>
    public static string FailedJob(string requestId) => $"The service failed at this job; the log holds the reason under the request {requestId}.";

    /// <summary>A job that ended the process again and again.</summary>
    public static string CrashedJob(int times, int epoch) => $"The process ended {times} times in a row while this job was in epoch {Number(epoch)}; it is not tried again.";

    private static string Camel(string word) => System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(word);
}
