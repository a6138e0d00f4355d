package io.rowwise.benchmarks.contender;

import io.rowwise.backend.ElementType;

/**
 * One of those who are compared. What a contender does not do, it refuses with an {@link
 * UnsupportedOperationException}.
 */
public interface Contender extends AutoCloseable {
  /** One of them, by name; each in a JVM that has had no other. */
  static Contender of(String name) {
    return switch (name) {
      case "rowwise-cpu" -> new RowwiseContender("cpu");
      case "rowwise-cpu-1-thread" -> {
        System.setProperty("rowwise.cpu.threads", "1");
        yield new RowwiseContender("cpu");
      }
      case "pytorch-1-thread" -> new PyTorchContender(1);
      case "pytorch-2-threads" -> new PyTorchContender(2);
      case "nd4j" -> new Nd4jContender();
      case "plain-java" -> new JavaContender();
      default -> throw new IllegalArgumentException("there is no contender " + name);
    };
  }

  /** All epochs of a training, each followed by its validation if there is any; again and again. */
  Work training(ElementType type, TrainingProblem problem);

  /** The probabilities of some rows of a problem, by its starting parameters. */
  Work prediction(ElementType type, TrainingProblem problem);

  /** An operation on rows. */
  Work rows(ElementType type, RowOperation operation, RowProblem problem);

  /** An operation of a backend's contract. */
  Work primitive(ElementType type, Primitive primitive, RowProblem problem);

  @Override
  void close();
}
