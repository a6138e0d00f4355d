package io.rowwise.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.contract.ReferenceBackend;
import io.rowwise.kernel.CrossEntropyGradient;
import io.rowwise.kernel.KernelOffer;
import io.rowwise.kernel.KernelProvider;
import io.rowwise.kernel.LogSoftmax;
import io.rowwise.kernel.Softmax;
import io.rowwise.kernel.Targets;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Which kernel a backend takes. The providers below are on the tests' class path and know only the
 * backend of this test; the kernels fill their result with a number that tells them apart.
 */
final class KernelChoiceTest {
  private static final String NAME = "kernel-choice-test";

  private static KernelOffer<Softmax> softmax(
      Backend backend, String name, int priority, double mark) {
    return new KernelOffer<>(
        Softmax.TYPE,
        name,
        priority,
        () -> (logits, probabilities) -> backend.fill(mark, probabilities));
  }

  /** The first by its class's name. */
  public static final class FirstProvider implements KernelProvider {
    @Override
    public List<KernelOffer<?>> offers(Backend backend) {
      return backend.name().startsWith(NAME)
          ? List.of(softmax(backend, "low", -5, 1), softmax(backend, "first", 3, 2))
          : List.of();
    }
  }

  /** The second, with the same priority, and a higher one for a backend of a longer name. */
  public static final class SecondProvider implements KernelProvider {
    @Override
    public List<KernelOffer<?>> offers(Backend backend) {
      if (backend.name().equals(NAME + "-high")) {
        return List.of(softmax(backend, "high", 4, 4));
      }
      return backend.name().equals(NAME) ? List.of(softmax(backend, "second", 3, 3)) : List.of();
    }
  }

  /** Fails for a backend of a name of its own. */
  public static final class FailingProvider implements KernelProvider {
    @Override
    public List<KernelOffer<?>> offers(Backend backend) {
      if (backend.name().equals(NAME + "-failing")) {
        throw new IllegalStateException("on purpose");
      }
      return List.of();
    }
  }

  private static double mark(Backend backend) {
    try (Softmax softmax = backend.kernel(Softmax.TYPE);
        Matrix x = backend.matrix(1, 2, 0, 0)) {
      softmax.apply(x, x);
      return x.toDoubles()[0];
    }
  }

  @Test
  void withoutAnOfferTheOperationIsComposed() {
    try (Backend backend = new ReferenceBackend()) {
      assertEquals(0.5, mark(backend));
      assertEquals(
          "reference plain Java (cores 1)\nevery other kernel: composed of primitives",
          backend.describe());
    }
  }

  @Test
  void theBackendsOwnIsBetterThanTheComposition() {
    KernelOffer<Softmax> own =
        new KernelOffer<>(
            Softmax.TYPE,
            "own",
            0,
            () -> (logits, probabilities) -> probabilities.write(new double[] {7, 7}));
    try (Backend backend = new ReferenceBackend("own", List.of(own))) {
      assertEquals(7, mark(backend));
      assertEquals(
          List.of(
              "own plain Java (cores 1)",
              "kernel softmax: own, brought by the backend",
              "every other kernel: composed of primitives"),
          backend.describe().lines().toList());
    }
  }

  @Test
  void anOfferFromOutsideIsBetterThanTheBackendsOwn() {
    KernelOffer<Softmax> own =
        new KernelOffer<>(
            Softmax.TYPE,
            "own",
            1000,
            () -> (logits, probabilities) -> probabilities.write(new double[] {7, 7}));
    KernelOffer<LogSoftmax> ownLog =
        new KernelOffer<>(LogSoftmax.TYPE, "own logarithm", 0, () -> (logits, result) -> {});
    try (Backend backend = new ReferenceBackend(NAME, List.of(own, ownLog))) {
      // The best priority, and of two equal ones the first provider's.
      assertEquals(2, mark(backend));
      assertEquals(
          List.of(
              NAME + " plain Java (cores 1)",
              "kernel log-softmax: own logarithm, brought by the backend",
              "kernel softmax: first, offered by "
                  + FirstProvider.class.getName()
                  + " with priority 3",
              "every other kernel: composed of primitives"),
          backend.describe().lines().toList());
    }
  }

  @Test
  void theHighestPriorityOfAllProvidersIsTaken() {
    try (Backend backend = new ReferenceBackend(NAME + "-high", List.of())) {
      assertEquals(4, mark(backend));
    }
  }

  @Test
  void aProviderThatFailsIsPassedBy() {
    try (Backend backend = new ReferenceBackend(NAME + "-failing", List.of())) {
      assertEquals(2, mark(backend));
      assertTrue(
          backend
              .describe()
              .contains(
                  "kernels of %s: not used, as it failed with java.lang.IllegalStateException: on purpose"
                      .formatted(FailingProvider.class.getName())));
    }
  }

  @Test
  void compositionsUseTheChosenKernels() {
    try (Backend backend = new ReferenceBackend(NAME, List.of());
        CrossEntropyGradient gradient = backend.kernel(CrossEntropyGradient.TYPE);
        Matrix logits = backend.matrix(1, 2, 0, 0);
        Matrix targets = backend.matrix(1, 2, 1, 0)) {
      gradient.apply(logits, Targets.ofProbabilities(targets), logits);
      // 2 where a softmax would be, less the targets.
      assertEquals(List.of(1.0, 2.0), List.of(logits.toDoubles()[0], logits.toDoubles()[1]));
    }
  }

  @Test
  void whoeverWroteAKernelItsArgumentsAreChecked() {
    try (Backend backend = new ReferenceBackend(NAME, List.of());
        Softmax softmax = backend.kernel(Softmax.TYPE);
        Matrix x = backend.matrix(2, 2, 0, 0, 0, 0);
        Matrix out = backend.matrix(1, 2, 5, 5)) {
      assertThrows(IllegalArgumentException.class, () -> softmax.apply(x, out));
      assertEquals(5, out.toDoubles()[0]);
      assertTrue(backend.describe().contains("offered by"));
      assertFalse(backend.describe().contains("low"));
    }
  }
}
