"""What every peer script shares: the workloads (workloads.json is their one definition), their data, the protocol with the benchmark.

A peer script is started as `SCRIPT WORKLOAD [--threads N] [--mode M] [--repeats N] [--seed N] [--data FOLDER] [--cold]` or as `SCRIPT --about`. The last
line it prints is one JSON object; nothing else is read. Exit code 3: the library is not installed.
"""
import argparse
import gzip
import json
import math
import os
import platform
import time
from collections import namedtuple

HERE = os.path.dirname(os.path.abspath(__file__))
WARMUP_ROWS = 4096

Workload = namedtuple("Workload", "name rows layers activation output loss batch epochs optimizer momentum learningRate schedule")


def arguments(modes=("",)):
    parser = argparse.ArgumentParser()
    parser.add_argument("workload", nargs="?")
    parser.add_argument("--about", action="store_true", help="print the versions and end")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--mode", choices=modes, default=modes[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", help="folder with the MNIST files")
    parser.add_argument("--cold", action="store_true", help="no untimed training first")
    return parser.parse_args()


def workload(name):
    with open(os.path.join(HERE, "workloads.json"), encoding="utf-8") as file:
        return Workload(name=name, **json.load(file)[name])


def data(w, folder):
    """Inputs [rows, inputs] as float32 and targets: class numbers as int64, or numbers [rows, outputs] as float32."""
    import numpy as np
    if w.name == "MNIST":
        return mnist(folder, "train")
    if w.name == "W1":
        return np.array([[0, 0], [0, 1], [1, 0], [1, 1]], np.float32), np.array([[0], [1], [1], [0]], np.float32)
    random = np.random.default_rng(11)
    x = random.random((w.rows, w.layers[0]), np.float32)
    if w.loss == "crossEntropy":
        return x, random.integers(0, w.layers[-1], w.rows, np.int64)
    return x, x @ random.standard_normal((w.layers[0], w.layers[-1]), np.float32)


def mnist(folder, part):
    """Images [rows, 784] in 0..1 and class numbers; part is train or t10k."""
    import numpy as np

    def read(name, header):
        path = os.path.join(folder, name)
        with (gzip.open(path + ".gz") if os.path.exists(path + ".gz") else open(path, "rb")) as file:
            return np.frombuffer(file.read(), np.uint8)[header:]

    labels = read(part + "-labels-idx1-ubyte", 8).astype(np.int64)
    return read(part + "-images-idx3-ubyte", 16).reshape(len(labels), -1).astype(np.float32) / np.float32(255), labels


def rate(w, epoch):
    """Learning rate of an epoch, counted from 1: half a cosine down to 0, or always the same."""
    if w.schedule == "cosine":
        return w.learningRate * (1 + math.cos(math.pi * (epoch - 1) / w.epochs)) / 2
    return w.learningRate


def blas():
    """The library behind matrix products, as this process has loaded it; to be asked after the first product."""
    with open("/proc/self/maps", encoding="utf-8") as maps:
        paths = {os.path.realpath(line.split()[-1]) for line in maps if ".so" in line}
    names = sorted({os.path.basename(p) for p in paths if any(s in os.path.basename(p) for s in ("openblas", "libblas", "blis", "mkl_rt", "mkl_core"))})
    return ", ".join(names) or "its own"


def peak_mib():
    with open("/proc/self/status", encoding="utf-8") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024


def about(library):
    print(json.dumps({"version": f"{library.__version__}, Python {platform.python_version()}", "blas": blas()}), flush=True)


class Clock:
    """Wall and processor time from its making to elapsed()."""

    def __init__(self):
        self.cpu, self.wall = time.process_time(), time.perf_counter()

    def elapsed(self):
        return time.perf_counter() - self.wall, time.process_time() - self.cpu


def measure(args, warmup, train, test_error=None):
    """Trains `repeats` times and prints what the benchmark reads; train answers the wall and processor time of its epochs alone."""
    if not args.cold:
        warmup()
    seconds, cpu = zip(*(train() for _ in range(args.repeats)))
    print(json.dumps({"seconds": seconds, "cpuSeconds": cpu, "peakMiB": peak_mib(), "testError": test_error() if test_error else None}), flush=True)
