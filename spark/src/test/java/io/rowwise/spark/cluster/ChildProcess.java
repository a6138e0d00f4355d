package io.rowwise.spark.cluster;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A process that writes what it prints to {@code NAME.out} and {@code NAME.err} in a folder, and
 * ends at the end of its standard input, which is when this one closes it or ends itself.
 */
public final class ChildProcess implements AutoCloseable {
  private static final Duration GRACE = Duration.ofSeconds(20);

  private final String name;
  private final Process process;
  private final Path out;
  private final Path err;

  private ChildProcess(String name, Process process, Path out, Path err) {
    this.name = name;
    this.process = process;
    this.out = out;
    this.err = err;
  }

  /**
   * Starts one.
   *
   * @param environment added to this process's own
   * @throws IOException if no process can be started
   */
  static ChildProcess start(
      String name, List<String> command, Map<String, String> environment, Path folder)
      throws IOException {
    Path out = folder.resolve(name + ".out");
    Path err = folder.resolve(name + ".err");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().putAll(environment);
    return new ChildProcess(name, builder.start(), out, err);
  }

  /** What it has printed so far. */
  public String output() {
    return read(out);
  }

  /** What it has logged so far. */
  public String log() {
    return read(err);
  }

  /**
   * Waits until it has logged or printed something so often.
   *
   * @return the last match
   * @throws AssertionError if it ends before, or does not within the limit
   */
  Matcher await(Pattern pattern, int times, Duration limit) {
    long end = System.nanoTime() + limit.toNanos();
    while (true) {
      boolean isAlive = process.isAlive();
      Matcher matcher = pattern.matcher(output() + log());
      for (int i = 0; matcher.find(); i++) {
        if (i == times - 1) {
          return matcher;
        }
      }
      if (!isAlive) {
        throw new AssertionError(
            name + " ended with " + process.exitValue() + " before it said " + pattern + tails());
      }
      if (System.nanoTime() > end) {
        throw new AssertionError(
            name + " did not say " + pattern + " within " + limit.toSeconds() + " s" + tails());
      }
      pause();
    }
  }

  /**
   * Waits for its end, which it comes to by itself.
   *
   * @return its exit status
   * @throws AssertionError if it does not end within the limit; it is killed then
   */
  public int awaitEnd(Duration limit) {
    if (!endsWithin(limit)) {
      String tails = tails();
      process.destroyForcibly();
      throw new AssertionError(name + " did not end within " + limit.toSeconds() + " s" + tails);
    }
    return process.exitValue();
  }

  /** Ends it by the end of its standard input. */
  @Override
  public void close() {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      process.destroyForcibly();
    }
    if (!endsWithin(GRACE)) {
      process.destroyForcibly();
      throw new AssertionError(
          name + " went on for " + GRACE.toSeconds() + " s after the end of its standard input");
    }
  }

  private boolean endsWithin(Duration limit) {
    try {
      return process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      process.destroyForcibly();
      throw new AssertionError("interrupted while waiting for " + name, e);
    }
  }

  /** The last lines of what it printed and logged. */
  public String tails() {
    return tail(out) + tail(err);
  }

  static String tail(Path file) {
    List<String> lines = read(file).lines().toList();
    return "\n--- "
        + file
        + "\n"
        + String.join("\n", lines.subList(Math.max(0, lines.size() - 60), lines.size()));
  }

  static String read(Path file) {
    try {
      return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void pause() {
    endsWithin(Duration.ofMillis(50));
  }
}
