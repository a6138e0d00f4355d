package io.rowwise.backend.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.Matrix;
import io.rowwise.backend.OutOfDeviceMemoryException;
import io.rowwise.kernel.CrossEntropy;
import io.rowwise.kernel.Softmax;
import io.rowwise.kernel.Targets;
import io.rowwise.kernel.TrainingEpoch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Opening and closing: of the backend itself, and of its kernels. */
public interface LifetimeContract extends BackendUnderTest {
  private static void assertClosed(Executable call) {
    IllegalStateException thrown = assertThrows(IllegalStateException.class, call);
    assertTrue(thrown.getMessage().contains("closed"), thrown.getMessage());
  }

  @Test
  default void aBackendSaysWhatItIs() {
    assertFalse(backend().name().isBlank());
    assertTrue(backend().device().id().startsWith(backend().name()), backend().device().id());
    assertFalse(backend().device().name().isBlank());
    assertTrue(backend().device().memoryBytes() > 0);
    assertEquals(backend().device().toString(), backend().toString());
    assertTrue(backend().describe().startsWith(backend().device().toString()));
  }

  @Test
  default void eachOpenedBackendIsAnother() {
    try (Backend other = openBackend();
        Matrix matrix = other.matrix(1, 1, 5)) {
      assertNotSame(backend(), other);
      assertEquals(backend().name(), other.name());
      assertEquals(1, other.openMatrices());
      assertEquals(0, backend().openMatrices());
      Accuracy.assertSame("a matrix of the other", new double[] {5}, matrix.toDoubles());
    }
  }

  @Test
  default void closingOneBackendLeavesTheOthersAtWork() {
    try (Backend one = openBackend()) {
      Backend two = openBackend();
      try (Matrix matrix = one.matrix(1, 2, 1, 2)) {
        two.close();
        one.add(matrix, 1, matrix);
        Accuracy.assertSame("one of two", new double[] {2, 3}, matrix.toDoubles());
      }
    }
  }

  @Test
  default void aClosedBackendFreesItsMatricesAndRefusesEverything() {
    Backend closed = openBackend();
    // Left open on purpose: it is reported as a leak.
    Matrix leaked = closed.matrix(2, 2, 1, 2, 3, 4);
    Matrix view = leaked.rows(0, 1);
    Softmax softmax = closed.kernel(Softmax.TYPE);
    closed.close();
    closed.close();
    assertEquals(0, closed.openMatrices());
    assertTrue(leaked.isClosed());
    assertTrue(view.isClosed());
    assertClosed(leaked::toDoubles);
    assertClosed(view::toDoubles);
    assertClosed(() -> leaked.rows(0, 1));
    assertClosed(() -> closed.fill(1, leaked));
    assertClosed(() -> closed.exp(leaked, leaked));
    assertClosed(() -> softmax.apply(leaked, leaked));
    assertClosed(() -> closed.matrix(ElementType.FLOAT32, 1, 1));
    assertClosed(() -> closed.matrix(1, 1, 1));
    assertClosed(() -> closed.kernel(Softmax.TYPE));
    assertClosed(closed::describe);
    leaked.close();
    softmax.close();
  }

  @ParameterizedTest
  @EnumSource(names = {"FLOAT32", "FLOAT64"})
  default void aMatrixBeyondAllMemoryIsATypedErrorAndLeavesNothing(ElementType type) {
    try (Matrix held = backend().matrix(type, 3, 5)) {
      long bytes = backend().openBytes();
      OutOfDeviceMemoryException e =
          assertThrows(
              OutOfDeviceMemoryException.class,
              () -> backend().matrix(type, Integer.MAX_VALUE, Integer.MAX_VALUE));
      assertEquals(Long.MAX_VALUE, e.requestedBytes());
      assertTrue(e.getMessage().startsWith(backend().device().id() + ": "), e.getMessage());
      assertEquals(1, backend().openMatrices());
      assertEquals(bytes, backend().openBytes());
      assertFalse(held.isClosed());
    }
  }

  @Test
  default void aKernelThatIsClosedTwiceHasFreedItsMemoryOnce() {
    try (Matrix logits = backend().matrix(2, 2, 1, 2, 3, 4);
        Matrix targets = backend().matrix(2, 2, 1, 0, 0, 1);
        Matrix loss = backend().matrix(ElementType.FLOAT64, 1, 1)) {
      for (Origin origin : Origin.values()) {
        CrossEntropy kernel = origin.kernel(backend(), CrossEntropy.TYPE);
        kernel.apply(logits, Targets.ofProbabilities(targets), loss);
        kernel.close();
        kernel.close();
        assertEquals(3, backend().openMatrices());
      }
    }
  }

  @Test
  default void aKernelAllocatesNothingWhenItIsCalledAgain() {
    try (Matrix x = backend().matrix(ElementType.FLOAT64, 10, 4);
        Matrix targets = backend().matrix(ElementType.FLOAT64, 10, 3);
        Matrix weights = backend().matrix(ElementType.FLOAT64, 4, 3);
        Matrix bias = backend().matrix(ElementType.FLOAT64, 1, 3);
        Matrix loss = backend().matrix(ElementType.FLOAT64, 1, 1)) {
      for (Origin origin : Origin.values()) {
        try (TrainingEpoch epoch = origin.kernel(backend(), TrainingEpoch.TYPE)) {
          epoch.apply(x, Targets.ofProbabilities(targets), 3, 0.1, weights, bias, loss);
          int open = backend().openMatrices();
          epoch.apply(x, Targets.ofProbabilities(targets), 3, 0.1, weights, bias, loss);
          assertEquals(open, backend().openMatrices());
        }
      }
    }
  }
}
