package io.rowwise.predictor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.BackendChoice;
import io.rowwise.backend.BackendUnavailableException;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.contract.ReferenceBackend;
import io.rowwise.model.ModelCard;
import io.rowwise.model.SoftmaxModel;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Predictors of one process have a backend for each device, and each is closed on its own. */
final class SharedBackendTest {
  private static final PredictorOptions OPTIONS = PredictorOptions.defaults();

  private final List<FaultyBackend> faulty = new ArrayList<>();
  private final ConcurrentLinkedQueue<Backend> opened = new ConcurrentLinkedQueue<>();
  private final List<String> asked = new ArrayList<>();
  private final SharedBackends shared =
      new SharedBackends(request -> open(request.backend(), request.fallback()));
  private boolean cudaIsThere = true;

  private BackendChoice open(String requested, boolean fallback) {
    asked.add(requested);
    return switch (requested) {
      case "fake" -> {
        FaultyBackend backend = new FaultyBackend();
        faulty.add(backend);
        yield backend.choice(requested);
      }
      case "auto" -> new BackendChoice(backend("cpu"), requested, Optional.of("no cuda"));
      case "cuda" -> {
        if (cudaIsThere) {
          yield new BackendChoice(backend("cuda"), requested, Optional.empty());
        }
        if (!fallback) {
          throw new BackendUnavailableException("no driver");
        }
        yield new BackendChoice(backend("cpu"), requested, Optional.of("no driver"));
      }
      default -> new BackendChoice(backend(requested), requested, Optional.empty());
    };
  }

  private Backend backend(String name) {
    Backend backend = new ReferenceBackend(name, List.of());
    opened.add(backend);
    return backend;
  }

  private static boolean isClosed(Backend backend) {
    try {
      backend.matrix(1, 1, 0.0).close();
      return false;
    } catch (IllegalStateException e) {
      return true;
    }
  }

  private long open() {
    return opened.stream().filter(each -> !isClosed(each)).count();
  }

  private static SoftmaxModel model(int features) {
    return SoftmaxModel.of(
        ElementType.FLOAT64,
        features,
        2,
        new SplittableRandom(1).doubles(2L * features, -1, 1).toArray(),
        new double[2],
        ModelCard.empty());
  }

  private Predictor predictor(int features, PredictorOptions options) {
    return new Predictor(
        model(features), options, new PredictorListener() {}, InstantSource.system(), shared);
  }

  private Predictor predictor(String backend) {
    return predictor(3, OPTIONS.backend(backend));
  }

  @Test
  void theFirstOpensAndTheLastCloses() {
    Predictor first = predictor("cpu");
    Predictor second = predictor("cpu");
    assertEquals(List.of("cpu"), asked);
    double[] expected = second.predict(new double[3]);
    first.close();
    first.close();
    assertEquals(1, open());
    assertArrayEquals(expected, second.predict(new double[3]));
    assertThrows(PredictorClosedException.class, () -> first.predict(new double[3]));
    Predictor third = predictor("cpu");
    second.close();
    assertArrayEquals(expected, third.predict(new double[3]));
    assertEquals(1, open());
    third.close();
    assertEquals(0, open());
    assertEquals(List.of("cpu"), asked);
    predictor("cpu").close();
    assertEquals(List.of("cpu", "cpu"), asked);
    assertEquals(0, open());
  }

  @Test
  void requestsThatLeadToOneDeviceShareItAndOthersDoNot() {
    try (Predictor cpu = predictor("cpu");
        Predictor auto = predictor("auto");
        Predictor cuda = predictor("cuda");
        Predictor another = predictor("auto")) {
      assertEquals(2, open());
      assertEquals("cpu", cpu.health().active());
      assertEquals("cpu", auto.health().active());
      assertEquals("cuda", cuda.health().active());
      assertEquals("cpu", another.health().active());
      assertEquals(Optional.empty(), cpu.health().reason());
      assertEquals(Optional.of("no cuda"), auto.health().reason());
      assertEquals(Optional.of("no cuda"), another.health().reason());
      assertEquals("auto", another.health().requested());
      assertEquals(List.of("cpu", "auto", "cuda"), asked);
    }
    assertEquals(0, open());
  }

  @Test
  void aFallbackIsNotWhatTheNextOneGetsUnasked() {
    cudaIsThere = false;
    try (Predictor fellBack = predictor("cuda");
        Predictor cpu = predictor("cpu")) {
      assertEquals("cpu", fellBack.health().active());
      assertEquals(Optional.empty(), cpu.health().reason());
      assertEquals(1, open());
      assertThrows(
          BackendUnavailableException.class,
          () -> predictor(3, OPTIONS.backend("cuda").fallback(false)));
      cudaIsThere = true;
      try (Predictor later = predictor("cuda")) {
        assertEquals("cuda", later.health().active());
      }
    }
    assertEquals(0, open());
  }

  @Test
  void eachTellsItsOwnMemory() {
    try (Predictor small = predictor(3, OPTIONS.backend("cpu"))) {
      long alone = small.deviceMemory();
      assertTrue(alone > 0);
      Predictor large = predictor(1000, OPTIONS.backend("cpu"));
      assertEquals(alone, small.deviceMemory());
      assertTrue(large.deviceMemory() > 1000 * 2 * 8);
      large.close();
      assertEquals(0, large.deviceMemory());
      assertEquals(alone, small.deviceMemory());
      // But for what kernels need for themselves.
      assertTrue(opened.element().openBytes() < alone + (1 << 14));
    }
  }

  @Test
  void aLostDeviceIsGivenToNobodyElse() {
    Predictor first = predictor("fake");
    Predictor second = predictor("fake");
    assertEquals(1, faulty.size());
    faulty.get(0).lost = true;
    double[] expected = first.predict(new double[3]);
    assertEquals("cpu", first.health().active());
    Predictor third = predictor("fake");
    assertEquals(2, faulty.size());
    assertEquals("reference", third.health().active());
    assertArrayEquals(expected, third.predict(new double[3]));
    assertFalse(faulty.get(0).closed, "the second still has it");
    assertArrayEquals(expected, second.predict(new double[3]));
    assertEquals("cpu", second.health().active());
    assertTrue(faulty.get(0).closed);
    assertEquals(1, open(), "both share the CPU");
    first.close();
    second.close();
    third.close();
    assertEquals(0, open());
    assertTrue(faulty.get(1).closed);
    for (FaultyBackend each : faulty) {
      assertEquals(0, each.openMatrices());
    }
  }

  @Test
  void aPredictorThatCannotBeMadeDisturbsNoOther() {
    Predictor first = predictor("fake");
    FaultyBackend backend = faulty.get(0);
    int matrices = backend.openMatrices();
    for (int call = 1; call <= 5; call++) {
      backend.calls.set(0);
      backend.failingCall = call;
      assertThrows(IllegalStateException.class, () -> predictor("fake"));
      assertEquals(matrices, backend.openMatrices(), "call " + call);
      assertFalse(backend.closed);
    }
    backend.failingCall = -1;
    assertEquals(2, first.predict(new double[3]).length);
    first.close();
    assertTrue(backend.closed);
  }

  @Test
  void aBackendThatWasGivenIsItsOwnersToClose() {
    FaultyBackend given = new FaultyBackend();
    Backend backend = given.backend();
    Predictor first = predictor(3, OPTIONS.backend(backend));
    try (Predictor second = predictor(3, OPTIONS.backend("cpu").backend(backend))) {
      assertArrayEquals(first.predict(new double[3]), second.predict(new double[3]));
      assertEquals("reference", second.health().requested());
    }
    first.close();
    assertEquals(List.of(), asked);
    assertFalse(given.closed);
    assertEquals(0, given.openMatrices());
    try (Predictor named = predictor(3, OPTIONS.backend(backend).backend("cpu"))) {
      assertEquals("cpu", named.health().active());
    }
    given.lost = true;
    try (Predictor moved = predictor(3, OPTIONS.backend(backend))) {
      assertEquals("cpu", moved.health().active());
    }
    assertFalse(given.closed);
    assertEquals(0, given.openMatrices());
    backend.close();
  }

  @Test
  void manyComeAndGoAtOnce() throws InterruptedException, ExecutionException {
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try {
      List<Callable<Void>> tasks = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        String backend = i % 3 == 0 ? "auto" : "cpu";
        tasks.add(
            () -> {
              try (Predictor each = predictor(backend)) {
                assertEquals(2, each.predict(new double[3]).length);
              }
              return null;
            });
      }
      for (Future<Void> each : threads.invokeAll(tasks)) {
        each.get();
      }
    } finally {
      threads.shutdownNow();
    }
    assertEquals(0, open());
    for (Backend each : opened) {
      assertEquals(0, each.openMatrices());
    }
  }
}
