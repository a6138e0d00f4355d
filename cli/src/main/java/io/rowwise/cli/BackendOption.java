package io.rowwise.cli;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Backends;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** On what a command computes. */
final class BackendOption {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--backend",
      paramLabel = "auto|cpu|cuda|cuda:N",
      description =
          "What to compute on; by default a GPU if one is usable, else the CPU. N is a GPU's"
              + " number, its UUID or its PCI id.")
  private String backend;

  /** The caller closes it. */
  Backend open() {
    if (backend == null) {
      return Backends.open();
    }
    try {
      return Backends.choose(backend, true).backend();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--backend: " + e.getMessage(), e);
    }
  }
}
