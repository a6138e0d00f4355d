package io.rowwise.backend.cpu;

import io.rowwise.backend.Backend;
import io.rowwise.backend.BackendUnavailableException;
import io.rowwise.backend.Backends;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.classifier.SoftmaxClassifier;

/**
 * What a fresh process does until its first prediction: prints a probability and the device, or why
 * there is none.
 */
public final class FirstPrediction {
  private FirstPrediction() {}

  /** Needs no argument. */
  public static void main(String[] arguments) {
    try (Backend backend = Backends.choose("cpu", false).backend();
        Matrix x = backend.matrix(ElementType.FLOAT32, 1, 5);
        SoftmaxClassifier classifier =
            new SoftmaxClassifier(backend, ElementType.FLOAT32, 5, 1, 42);
        Matrix probabilities = classifier.predict(x)) {
      System.out.println("probability " + probabilities.toDoubles()[0]);
      System.out.println(backend.device());
    } catch (BackendUnavailableException e) {
      System.out.println("unavailable: " + e.getMessage());
    }
  }
}
