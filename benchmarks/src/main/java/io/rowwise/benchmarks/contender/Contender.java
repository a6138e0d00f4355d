package io.rowwise.benchmarks.contender;

import io.rowwise.backend.ElementType;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One of those who are compared. What a contender does not do, it refuses with an {@link
 * UnsupportedOperationException}.
 */
public interface Contender extends AutoCloseable {
  /** Who, and of how many threads. */
  Pattern WITH_THREADS = Pattern.compile("(rowwise-cpu|pytorch)-([1-9][0-9]*)-threads?");

  /**
   * One of them, by name; each in a JVM that has had no other.
   *
   * @param name {@code rowwise-cpu}, {@code pytorch}, {@code nd4j}, {@code tribuo}, {@code smile}
   *     or {@code plain-java}; the first two, which otherwise use as many threads as they choose,
   *     also with a number of them: {@code pytorch-1-thread}, {@code rowwise-cpu-4-threads}; in a
   *     JVM with the Vector API also {@code rowwise-cpu-vector-api}, in one of JDK 25 {@code
   *     rowwise-cpu-jdk-25}; and {@code rowwise-nd4j}, which is Rowwise without a fused kernel, on
   *     ND4J's operations
   */
  static Contender of(String name) {
    Matcher withThreads = WITH_THREADS.matcher(name);
    if (withThreads.matches()) {
      // Read when the library starts, so it counts in a JVM that has not used it before.
      String property =
          withThreads.group(1).equals("pytorch")
              ? "ai.djl.pytorch.num_threads"
              : "rowwise.cpu.threads";
      System.setProperty(property, withThreads.group(2));
      return of(withThreads.group(1));
    }
    return switch (name) {
      case "rowwise-cpu" -> new RowwiseContender("cpu");
      case "rowwise-cpu-vector-api" -> {
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
          throw new IllegalStateException(
              name + ": start the JVM with --add-modules jdk.incubator.vector");
        }
        yield new RowwiseContender("cpu");
      }
      case "rowwise-cpu-jdk-25" -> {
        if (Runtime.version().feature() < 25) {
          throw new IllegalStateException(name + ": start it with JDK 25 or later");
        }
        yield new RowwiseContender("cpu");
      }
      case "rowwise-nd4j" -> new RowwiseContender("nd4j");
      case "pytorch" -> new PyTorchContender();
      case "nd4j" -> new Nd4jContender();
      case "tribuo" -> new TribuoContender();
      case "smile" -> new SmileContender();
      case "plain-java" -> new JavaContender();
      default -> throw new IllegalArgumentException("there is no contender " + name);
    };
  }

  /** All epochs of a training, each followed by its validation if there is any; again and again. */
  default Work training(ElementType type, TrainingProblem problem) {
    throw new UnsupportedOperationException("it does not train");
  }

  /** The probabilities of some rows of a problem, by its starting parameters. */
  default Work prediction(ElementType type, TrainingProblem problem) {
    throw new UnsupportedOperationException("it does not predict");
  }

  /** An operation on rows. */
  default Work rows(ElementType type, RowOperation operation, RowProblem problem) {
    throw new UnsupportedOperationException("it has no operations on rows");
  }

  /** A function of rows. */
  default Work function(ElementType type, RowFunction function, RowProblem problem) {
    throw new UnsupportedOperationException("it has no such functions of rows");
  }

  /** An operation of a backend's contract. */
  default Work primitive(ElementType type, Primitive primitive, RowProblem problem) {
    throw new UnsupportedOperationException("it has no such operations");
  }

  @Override
  void close();
}
