"""scikit-learn's MLPClassifier and MLPRegressor on the workloads.

Two departures, both in its favour or without weight for the time: a regressor's output has no activation, so W1 ends without the sigmoid; and its training
includes drawing the first weights. It knows no schedule with Adam: it takes no part in MNIST.
"""
import sys
import warnings

from workloads import Clock, about, arguments, data, measure, workload, WARMUP_ROWS

args = arguments()
try:
    import numpy
    import sklearn
    from sklearn.neural_network import MLPClassifier, MLPRegressor
except ImportError as missing:
    print(missing, file=sys.stderr)
    sys.exit(3)


def model(w):
    kind = MLPClassifier if w.loss == "crossEntropy" else MLPRegressor
    return kind(hidden_layer_sizes=w.layers[1:-1], activation="logistic" if w.activation == "sigmoid" else w.activation, solver=w.optimizer,
                batch_size=w.batch, max_iter=w.epochs, learning_rate_init=w.learningRate, momentum=w.momentum, nesterovs_momentum=False, alpha=0,
                tol=0, n_iter_no_change=w.epochs + 1, random_state=args.seed)


def fit(w, x, y):
    trained = model(w)
    clock = Clock()
    trained.fit(x, y)
    elapsed = clock.elapsed()
    if trained.n_iter_ != w.epochs:
        raise RuntimeError(f"{trained.n_iter_} epochs instead of {w.epochs}")
    return elapsed


def main():
    numpy.dot(numpy.zeros((64, 64), numpy.float32), numpy.zeros((64, 64), numpy.float32))
    if args.about:
        about(sklearn)
        return
    warnings.filterwarnings("ignore")
    w = workload(args.workload)
    x, y = data(w, args.data)
    y = y.ravel()
    measure(args, lambda: fit(w, x[:WARMUP_ROWS], y[:WARMUP_ROWS]), lambda: fit(w, x, y))


main()
