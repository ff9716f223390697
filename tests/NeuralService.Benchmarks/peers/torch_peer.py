"""PyTorch on the workloads. Mode loop: the customary training loop with autograd, without a DataLoader. Mode byhand: backpropagation written out on tensors
that are allocated once, without autograd, all parameters in one flat buffer, so that an optimizer step is a few operations over it."""
import sys

from workloads import Clock, about, arguments, data, measure, mnist, rate, workload, WARMUP_ROWS

args = arguments(modes=("loop", "byhand"))
try:
    import torch
except ImportError as missing:
    print(missing, file=sys.stderr)
    sys.exit(3)

ACTIVATIONS = {"sigmoid": torch.sigmoid_, "tanh": torch.tanh_, "relu": torch.relu_, "linear": lambda z: z}
MODULES = {"sigmoid": torch.nn.Sigmoid, "tanh": torch.nn.Tanh, "relu": torch.nn.ReLU}


class Loop:
    """Linear layers, a loss, an optimizer of torch.optim; the loss takes the logits, so the softmax is in it."""

    def __init__(self, w):
        self.w = w
        modules = []
        for i, (inputs, units) in enumerate(zip(w.layers, w.layers[1:])):
            modules.append(torch.nn.Linear(inputs, units))
            activation = w.activation if i < len(w.layers) - 2 else w.output
            if activation in MODULES:
                modules.append(MODULES[activation]())
        self.model = torch.nn.Sequential(*modules)
        if w.optimizer == "adam":
            self.optimizer = torch.optim.Adam(self.model.parameters(), lr=w.learningRate)
        else:
            self.optimizer = torch.optim.SGD(self.model.parameters(), lr=w.learningRate, momentum=w.momentum)
        self.loss = torch.nn.functional.cross_entropy if w.loss == "crossEntropy" else torch.nn.functional.mse_loss

    def train(self, x, y):
        w, model, optimizer = self.w, self.model, self.optimizer
        clock = Clock()
        for epoch in range(1, w.epochs + 1):
            optimizer.param_groups[0]["lr"] = rate(w, epoch)
            if len(x) > w.batch:
                order = torch.randperm(len(x))
                xs, ys = x[order], y[order]
            else:
                xs, ys = x, y
            for at in range(0, len(x), w.batch):
                optimizer.zero_grad(set_to_none=True)
                self.loss(model(xs[at:at + w.batch]), ys[at:at + w.batch]).backward()
                optimizer.step()
        return clock.elapsed()

    def logits(self, x):
        with torch.no_grad():
            return self.model(x)


class ByHand:
    """The same steps with the equations of backpropagation, results into tensors that stand ready."""

    def __init__(self, w):
        self.w = w
        shapes = list(zip(w.layers[1:], w.layers))
        count = sum(units * (inputs + 1) for units, inputs in shapes)
        self.flat, self.grad, self.first, self.second, self.root = (torch.zeros(count) for _ in range(5))
        self.weights, self.biases, self.dw, self.db = [], [], [], []
        at = 0
        for units, inputs in shapes:
            end = at + units * inputs
            self.weights.append(self.flat[at:end].view(units, inputs))
            self.dw.append(self.grad[at:end].view(units, inputs))
            self.biases.append(self.flat[end:end + units])
            self.db.append(self.grad[end:end + units])
            at = end + units
            bound = inputs ** -0.5
            self.weights[-1].uniform_(-bound, bound)
            self.biases[-1].uniform_(-bound, bound)
        self.transposed = [weight.t() for weight in self.weights]
        self.a = [torch.empty(w.batch, units) for units, _ in shapes]
        self.delta = [torch.empty(w.batch, units) for units, _ in shapes]
        self.steps = 0

    def train(self, x, y):
        w = self.w
        if w.loss == "crossEntropy":
            y = torch.nn.functional.one_hot(y, w.layers[-1]).float()
        xs, ys = torch.zeros_like(x), torch.zeros_like(y)  # zeros, so that their pages are there before the clock starts
        clock = Clock()
        for epoch in range(1, w.epochs + 1):
            eta = rate(w, epoch)
            if len(x) > w.batch:
                order = torch.randperm(len(x))
                torch.index_select(x, 0, order, out=xs)
                torch.index_select(y, 0, order, out=ys)
            else:
                xs, ys = x, y
            for at in range(0, len(x), w.batch):
                self.gradient(xs[at:at + w.batch], ys[at:at + w.batch])
                self.step(eta)
        return clock.elapsed()

    def gradient(self, x, y):
        w, n, last = self.w, len(x), len(self.weights) - 1
        a = self.a if n == w.batch else [t[:n] for t in self.a]
        delta = self.delta if n == w.batch else [t[:n] for t in self.delta]
        below = x
        for l in range(last + 1):
            torch.addmm(self.biases[l], below, self.transposed[l], out=a[l])
            if l < last:
                ACTIVATIONS[w.activation](a[l])
            below = a[l]
        if w.loss == "crossEntropy":
            torch.softmax(a[last], 1, out=delta[last])
            delta[last].sub_(y).mul_(1 / n)
        else:
            ACTIVATIONS[w.output](a[last])
            torch.sub(a[last], y, out=delta[last])
            delta[last].mul_(2 / n)
            self.through(w.output, delta[last], a[last])
        for l in range(last, -1, -1):
            torch.mm(delta[l].t(), a[l - 1] if l else x, out=self.dw[l])
            torch.sum(delta[l], 0, out=self.db[l])
            if l:
                torch.mm(delta[l], self.weights[l], out=delta[l - 1])
                self.through(w.activation, delta[l - 1], a[l - 1])

    @staticmethod
    def through(activation, delta, a):
        """delta *= g'(z), from the activations, by the fused operations that autograd itself calls."""
        if activation == "relu":
            torch.ops.aten.threshold_backward.grad_input(delta, a, 0, grad_input=delta)
        elif activation == "tanh":
            torch.ops.aten.tanh_backward.grad_input(delta, a, grad_input=delta)
        elif activation == "sigmoid":
            torch.ops.aten.sigmoid_backward.grad_input(delta, a, grad_input=delta)

    def step(self, eta):
        self.steps += 1
        if self.w.optimizer == "adam":
            # w -= eta/(1 - b1^t) * m / (sqrt(v/(1 - b2^t)) + eps), both corrections drawn into the factor and eps
            self.first.lerp_(self.grad, 0.1)
            self.second.mul_(0.999).addcmul_(self.grad, self.grad, value=0.001)
            correction = (1 - 0.999 ** self.steps) ** 0.5
            torch.sqrt(self.second, out=self.root)
            self.root.add_(1e-8 * correction)
            self.flat.addcdiv_(self.first, self.root, value=-eta * correction / (1 - 0.9 ** self.steps))
        elif self.w.momentum:
            self.first.mul_(self.w.momentum).add_(self.grad)
            self.flat.sub_(self.first, alpha=eta)
        else:
            self.flat.sub_(self.grad, alpha=eta)

    def logits(self, x):
        for l, (weight, bias) in enumerate(zip(self.transposed, self.biases)):
            x = torch.addmm(bias, x, weight)
            if l < len(self.weights) - 1:
                x = ACTIVATIONS[self.w.activation](x)
        return x


def main():
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    torch.mm(torch.zeros(64, 64), torch.zeros(64, 64))
    if args.about:
        about(torch)
        return
    torch.set_grad_enabled(args.mode == "loop")
    w = workload(args.workload)
    x, y = (torch.from_numpy(part) for part in data(w, args.data))
    kind = Loop if args.mode == "loop" else ByHand
    trained = None

    def train():
        nonlocal trained
        trained = kind(w)
        return trained.train(x, y)

    def test_error():
        images, labels = (torch.from_numpy(part) for part in mnist(args.data, "t10k"))
        return 100 * int((trained.logits(images).argmax(1) != labels).sum()) / len(labels)

    measure(args, lambda: kind(w).train(x[:WARMUP_ROWS], y[:WARMUP_ROWS]), train, test_error if w.name == "MNIST" else None)


main()
