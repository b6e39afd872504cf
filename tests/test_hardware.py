"""Which backend and which sizes a machine gets."""

import subprocess
from dataclasses import replace

import pytest

from backends import hardware
from backends.hardware import GIB, Machine, choose_backend, inspect_machine, processor_seconds, serve_options
from errors import Trouble

LAPTOP = Machine(
    system="Linux",
    arch="x86_64",
    bits=64,
    cpu="Some CPU",
    physical_cores=4,
    logical_cores=8,
    usable_cores=8,
    ram_bytes=16 * GIB,
    nvidia=None,
    battery_percent=80,
    plugged_in=True,
    python="3.11.2",
)
MAC = replace(LAPTOP, system="Darwin", arch="arm64")


@pytest.mark.parametrize(
    ("machine", "words"),
    [
        (LAPTOP, "Linux x86-64 without a supported GPU"),
        (replace(LAPTOP, arch="aarch64"), "Linux arm64"),
        (replace(LAPTOP, system="Windows", arch="AMD64"), "Windows x86-64"),
        (replace(LAPTOP, system="Windows", arch="ARM64"), "Windows arm64"),
        (replace(LAPTOP, nvidia="NVIDIA RTX 4070, 12282 MiB"), "RTX 4070, 12282 MiB; llama.cpp is used, on the GPU if"),
    ],
)
def test_each_other_supported_machine_gets_llama_cpp_with_its_reason(machine, words):
    name, reason = choose_backend(machine)
    assert name == "llama_cpp"
    assert words in reason


def test_apple_silicon_gets_mlx():
    assert choose_backend(MAC) == ("mlx", "Apple Silicon; MLX on its graphics processor is used")


@pytest.mark.parametrize(
    ("machine", "words"),
    [
        (replace(MAC, arch="x86_64"), "Intel Macs are not supported"),
        (replace(LAPTOP, bits=32), "64-bit Python"),
        (replace(LAPTOP, arch="armv7l"), "armv7l"),
        (replace(LAPTOP, arch="riscv64"), "x86-64 or arm64"),
        (replace(LAPTOP, system="FreeBSD"), "not on FreeBSD"),
    ],
)
def test_each_unsupported_machine_is_told_why(machine, words):
    with pytest.raises(Trouble, match=words):
        choose_backend(machine)


@pytest.mark.parametrize(
    ("machine", "model_context", "model_bytes", "context", "threads"),
    [
        (LAPTOP, 8192, 98_362_432, 4096, 4),
        (replace(LAPTOP, ram_bytes=32 * GIB), 8192, 98_362_432, 8192, 4),
        (replace(LAPTOP, ram_bytes=32 * GIB), 131072, 4 * GIB, 8192, 4),
        (replace(LAPTOP, ram_bytes=32 * GIB), 2048, 98_362_432, 2048, 4),
        (replace(LAPTOP, ram_bytes=32 * GIB), 0, 98_362_432, 8192, 4),
        (replace(LAPTOP, usable_cores=2), 8192, 98_362_432, 4096, 2),
        (replace(LAPTOP, physical_cores=16, usable_cores=1), 8192, 98_362_432, 4096, 1),
    ],
)
def test_sizes_follow_the_machine_and_the_model(machine, model_context, model_bytes, context, threads):
    options = serve_options(machine, model_context, model_bytes)
    assert (options.context, options.threads) == (context, threads)
    assert options.flash_attention and not options.safe_mode
    assert 256 << 20 <= options.kv_budget <= 2 * GIB


def test_this_machine_can_be_inspected():
    machine = inspect_machine()
    assert machine.cpu and machine.ram_bytes > 1 << 28
    assert 1 <= machine.usable_cores <= machine.logical_cores
    assert choose_backend(machine)[0] == "llama_cpp"


def test_a_container_quota_counts_as_cores(monkeypatch):
    limits = {("cpu.max", 0): 150_000, ("cpu.max", 1): 100_000}
    monkeypatch.setattr(hardware, "_cgroup_number", lambda name, field=0: limits.get((name, field)))
    assert hardware._usable_cores(8) == 1


def test_a_driver_that_hangs_or_fails_counts_as_no_gpu(monkeypatch):
    monkeypatch.setattr(hardware.shutil, "which", lambda program: program)
    for error in (
        subprocess.TimeoutExpired("nvidia-smi", 2),
        subprocess.CalledProcessError(9, "nvidia-smi"),
        OSError(),
    ):

        def fail(*arguments, failure=error, **options):
            assert options["timeout"] <= 2
            raise failure

        monkeypatch.setattr(hardware.subprocess, "run", fail)
        assert hardware._nvidia() is None


def test_processor_time_grows_with_work() -> None:
    before = processor_seconds()
    for _ in range(100):
        sum(range(100_000))
    assert processor_seconds() > before
