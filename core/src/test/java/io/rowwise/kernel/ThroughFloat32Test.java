package io.rowwise.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.contract.ReferenceBackend;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A kernel from outside meets 16-bit matrices only if it says that it takes them. */
final class ThroughFloat32Test {
  /** Writes ones, and remembers what it was given. */
  private static final class Ones implements Softmax {
    private final List<ElementType> given = new ArrayList<>();
    private int closed;

    @Override
    public void apply(Matrix logits, Matrix probabilities) {
      given.add(logits.type());
      given.add(probabilities.type());
      double[] ones = new double[(int) probabilities.elements()];
      Arrays.fill(ones, 1);
      probabilities.write(ones);
    }

    @Override
    public void close() {
      closed++;
    }
  }

  private static Ones applied(boolean takesHalves) {
    Ones ones = new Ones();
    KernelOffer<Softmax> offer =
        takesHalves
            ? new KernelOffer<>(Softmax.TYPE, "ones", 0, () -> ones, true)
            : new KernelOffer<>(Softmax.TYPE, "ones", 0, () -> ones);
    try (Backend backend = new ReferenceBackend("reference", List.of(offer));
        Softmax softmax = backend.kernel(Softmax.TYPE)) {
      for (ElementType type : new ElementType[] {ElementType.FLOAT16, ElementType.FLOAT64}) {
        try (Matrix z = backend.matrix(type, 2, 3);
            Matrix p = backend.matrix(type, 2, 3)) {
          softmax.apply(z, p);
          assertEquals(1, p.toDoubles()[5]);
        }
      }
    }
    return ones;
  }

  @Test
  void whoDoesNotTakeThemIsGivenCopies() {
    Ones ones = applied(false);
    ElementType narrow = ElementType.FLOAT32;
    ElementType wide = ElementType.FLOAT64;
    assertEquals(List.of(narrow, narrow, wide, wide), ones.given);
    assertEquals(1, ones.closed);
  }

  @Test
  void whoTakesThemIsGivenThem() {
    Ones ones = applied(true);
    ElementType narrow = ElementType.FLOAT16;
    ElementType wide = ElementType.FLOAT64;
    assertEquals(List.of(narrow, narrow, wide, wide), ones.given);
    assertEquals(1, ones.closed);
  }

  /** Neither a copy of it nor of its result is made: the kernel is given the very matrices. */
  @Test
  void whatHasNo16BitsPassesAsItIs() {
    List<Matrix> given = new ArrayList<>();
    Softmax keeping =
        new Softmax() {
          @Override
          public void apply(Matrix logits, Matrix probabilities) {
            given.addAll(List.of(logits, probabilities));
          }

          @Override
          public void close() {}
        };
    try (Backend backend = new ReferenceBackend();
        Softmax softmax = new ThroughFloat32.OfSoftmax(backend, keeping);
        Matrix z = backend.matrix(ElementType.FLOAT32, 2, 3);
        Matrix p = backend.matrix(ElementType.FLOAT32, 2, 3)) {
      softmax.apply(z, p);
      softmax.apply(z, z);
      assertEquals(List.of(z, p, z, z), given);
      assertEquals(2, backend.openMatrices());
    }
  }
}
