package io.rowwise.predictor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.BackendChoice;
import io.rowwise.backend.BackendUnavailableException;
import io.rowwise.backend.Backends;
import io.rowwise.backend.DeviceLostException;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.OutOfDeviceMemoryException;
import io.rowwise.model.ModelCard;
import io.rowwise.model.SoftmaxModel;
import io.rowwise.predictor.PredictorOptions.OnFailure;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What was asked for is what is done: the type, the backend, and what may take its place. */
final class PredictorOptionsTest {
  private static final List<String> PROPERTIES =
      List.of(
          Backends.CHOICE_PROPERTY,
          Backends.FALLBACK_PROPERTY,
          Backends.OWN_CHOICE_PROPERTY,
          Backends.OWN_FALLBACK_PROPERTY);

  private final List<String> saved = new ArrayList<>();
  private final List<String> asked = new ArrayList<>();
  private FaultyBackend device = new FaultyBackend();
  private final FaultyBackend cpu = new FaultyBackend();

  @BeforeEach
  void saveProperties() {
    for (String each : PROPERTIES) {
      saved.add(System.clearProperty(each));
    }
  }

  @AfterEach
  void restoreProperties() {
    for (int i = 0; i < PROPERTIES.size(); i++) {
      if (saved.get(i) == null) {
        System.clearProperty(PROPERTIES.get(i));
      } else {
        System.setProperty(PROPERTIES.get(i), saved.get(i));
      }
    }
  }

  private static SoftmaxModel model(ElementType type, double... weights) {
    return SoftmaxModel.of(type, weights.length / 2, 2, weights, new double[2], ModelCard.empty());
  }

  private BackendChoice open(String requested, boolean fallback) {
    asked.add(requested + (fallback ? " or cpu" : ""));
    if (device.closed) {
      device = new FaultyBackend();
    }
    return requested.equals("cpu") ? cpu.choice(requested) : device.choice(requested);
  }

  private Predictor open(SoftmaxModel model, PredictorOptions options) {
    return new Predictor(
        model, options, new PredictorListener() {}, this::open, InstantSource.system());
  }

  private Predictor open(PredictorOptions options) {
    return open(model(ElementType.FLOAT64, 1, 0), options);
  }

  @Test
  void theTypeIsTheModelsUnlessItIsSaid() {
    // 2^25 + 1 is not a float, and the difference is what decides.
    double[] x = {(1 << 25) + 1, 1 << 25};
    double e = Math.E / (1 + Math.E);
    double[] weights = {1, 0, -1, 0};
    PredictorOptions options = PredictorOptions.defaults();
    try (Predictor doubles = open(model(ElementType.FLOAT64, weights), options);
        Predictor floats = open(model(ElementType.FLOAT32, weights), options);
        Predictor told =
            open(model(ElementType.FLOAT64, weights), options.type(ElementType.FLOAT32))) {
      assertArrayEquals(new double[] {e, 1 - e}, doubles.predict(x), 1e-12);
      assertArrayEquals(new double[] {0.5, 0.5}, floats.predict(x), 0);
      assertArrayEquals(new double[] {0.5, 0.5}, told.predict(x), 0);
    }
  }

  @Test
  void parametersThatTheTypeIsTooSmallForAreRefusedBeforeAnythingIsOpened() {
    SoftmaxModel weights = model(ElementType.FLOAT64, 1, 2, 3, -1e39);
    SoftmaxModel bias =
        SoftmaxModel.of(
            ElementType.FLOAT64, 1, 2, new double[2], new double[] {0, 3.5e38}, ModelCard.empty());
    PredictorOptions options = PredictorOptions.defaults().type(ElementType.FLOAT32);
    assertEquals(
        "predictor: weights is -1.0E39 in row 1, column 1, counted from 0, which is not finite in"
            + " float32; use options with type(FLOAT64)",
        assertThrows(IllegalArgumentException.class, () -> open(weights, options)).getMessage());
    assertTrue(
        assertThrows(IllegalArgumentException.class, () -> open(bias, options))
            .getMessage()
            .startsWith("predictor: bias is 3.5E38 in row 0, column 1"));
    assertEquals(List.of(), asked);
    open(weights, PredictorOptions.defaults()).close();
  }

  @Test
  void withoutAWordTheSystemPropertiesChoose() {
    open(PredictorOptions.defaults()).close();
    System.setProperty("backend", "fake");
    open(PredictorOptions.defaults()).close();
    System.setProperty("backend.fallback", "false");
    open(PredictorOptions.defaults()).close();
    System.setProperty("rowwise.backend", "ours");
    open(PredictorOptions.defaults()).close();
    System.setProperty("rowwise.backend.fallback", "true");
    open(PredictorOptions.defaults()).close();
    assertEquals(List.of("auto or cpu", "fake or cpu", "fake", "ours", "ours or cpu"), asked);
  }

  @Test
  void theProgramsWordComesFirst() {
    System.setProperty("backend", "other");
    System.setProperty("backend.fallback", "false");
    System.setProperty("rowwise.backend", "other");
    System.setProperty("backend", "host's own");
    open(PredictorOptions.defaults().backend("fake")).close();
    open(PredictorOptions.defaults().fallback(true)).close();
    open(PredictorOptions.defaults().backend("fake").fallback(true)).close();
    assertEquals(List.of("fake", "other or cpu", "fake or cpu"), asked);
    System.setProperty("backend.fallback", "true");
    open(PredictorOptions.defaults().backend("fake").fallback(false)).close();
    assertEquals("fake", asked.get(3));
  }

  @Test
  void anUnknownPropertyIsAnError() {
    SoftmaxModel model = model(ElementType.FLOAT64, 1, 0);
    System.setProperty("backend", "banana");
    assertTrue(
        assertThrows(
                IllegalArgumentException.class,
                () -> Predictor.of(model, PredictorOptions.defaults()))
            .getMessage()
            .contains("banana"));
    System.setProperty("backend.fallback", "maybe");
    assertTrue(
        assertThrows(IllegalArgumentException.class, () -> open(PredictorOptions.defaults()))
            .getMessage()
            .contains("maybe"));
    assertEquals(List.of(), asked);
  }

  @Test
  void aDemandedDeviceThatIsNotThereIsAnError() {
    SoftmaxModel model = model(ElementType.FLOAT64, 1, 0);
    System.setProperty("backend", "cuda");
    System.setProperty("backend.fallback", "false");
    assertThrows(
        BackendUnavailableException.class, () -> Predictor.of(model, PredictorOptions.defaults()));
    PredictorOptions demanded = PredictorOptions.defaults().backend("cuda").fallback(false);
    assertThrows(BackendUnavailableException.class, () -> Predictor.of(model, demanded));
  }

  @ParameterizedTest
  @EnumSource(OnFailure.class)
  void aDemandedDeviceIsNotReplacedLaterUnlessThatWasSaid(OnFailure said) {
    PredictorOptions demanded = PredictorOptions.defaults().backend("fake").fallback(false);
    PredictorOptions options =
        said == OnFailure.FAIL ? demanded : demanded.onDeviceLost(OnFailure.USE_CPU);
    try (Predictor predictor = open(options)) {
      device.lost = true;
      if (said == OnFailure.FAIL) {
        assertThrows(DeviceLostException.class, () -> predictor.predict(new double[1]));
        assertInstanceOf(
            DeviceLostException.class,
            assertThrows(
                    ExecutionException.class, () -> predictor.predictAsync(new double[1], 1).get())
                .getCause());
        assertEquals(Health.State.LOST, predictor.health().state());
        assertEquals(List.of("fake"), asked);
      } else {
        assertArrayEquals(new double[] {0.5, 0.5}, predictor.predict(new double[1]), 0);
        assertEquals(List.of("fake", "cpu"), asked);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(OnFailure.class)
  void withTooLittleMemoryItIsTheSame(OnFailure said) {
    device.mostRows = 0;
    PredictorOptions demanded = PredictorOptions.defaults().backend("fake").fallback(false);
    if (said == OnFailure.FAIL) {
      assertThrows(OutOfDeviceMemoryException.class, () -> open(demanded));
      assertEquals(List.of("fake"), asked);
      assertTrue(device.closed);
    } else {
      try (Predictor predictor = open(demanded.onOutOfMemory(OnFailure.USE_CPU))) {
        assertArrayEquals(new double[] {0.5, 0.5}, predictor.predict(new double[1]), 0);
      }
      assertEquals(List.of("fake", "cpu"), asked);
    }
    assertEquals(0, device.openMatrices());
    assertEquals(0, cpu.openMatrices());
  }

  @Test
  void aDeviceThatIsLostWhileClosingLeavesItClosed()
      throws ExecutionException, InterruptedException {
    Predictor predictor =
        open(PredictorOptions.defaults().backend("fake").closeTimeout(Duration.ofMinutes(1)));
    var hold = device.holdUp();
    var answer = predictor.predictAsync(new double[1], 1);
    device.reached.await();
    Thread closing = new Thread(predictor::close);
    closing.start();
    while (predictor.health().state() != Health.State.CLOSED) {
      Thread.onSpinWait();
    }
    device.lost = true;
    hold.countDown();
    assertArrayEquals(new double[] {0.5, 0.5}, answer.get(), 0);
    closing.join();
    assertEquals(Health.State.CLOSED, predictor.health().state());
    assertEquals(0, device.openMatrices());
    assertEquals(0, cpu.openMatrices());
  }
}
