package io.rowwise.cli;

import io.rowwise.Rowwise;
import picocli.CommandLine.Command;

/** Says what can be computed on. */
@Command(
    name = "devices",
    description = "Says what can be computed on here, and why not on more.",
    mixinStandardHelpOptions = true)
final class DevicesCommand implements Runnable {
  private final Terminal terminal;

  DevicesCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public void run() {
    terminal.out().println(Rowwise.describe());
  }
}
