package io.rowwise.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.BackendUnavailableException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DeviceRequestTest {
  /** Spark's addresses are numbers or names, and CUDA counts what is visible. */
  @ParameterizedTest
  @CsvSource({
    "auto, 0, , cuda:0",
    "auto, 3, , cuda:3",
    "cuda, 3, '2,3', cuda:1",
    "cuda, GPU-5a, 'GPU-77 , GPU-5a', cuda:1",
    "cuda, , , cuda",
    "cpu, 3, , cpu",
    "auto, , , cpu",
    "auto, GPU-5a, , cpu",
    "auto, 1, '2,3', cpu",
  })
  void aGpuThatSparkGaveIsFound(String choice, String address, String visible, String backend) {
    DeviceRequest request = request(choice, true, address, visible);
    assertEquals(backend, request.backend());
    assertEquals(4, request.threads());
    boolean isReplaced = backend.equals("cpu") && !choice.equals("cpu");
    assertEquals(isReplaced, !request.reason().isEmpty());
  }

  private static DeviceRequest request(
      String choice, boolean fallback, String address, String visible) {
    String[] addresses = address == null ? new String[0] : new String[] {address};
    Map<String, String> environment =
        visible == null ? Map.of() : Map.of("CUDA_VISIBLE_DEVICES", visible);
    return DeviceRequest.of(choice, fallback, 4, addresses, environment);
  }

  @Test
  void aGpuThatIsNotFoundIsAnErrorWhereTheCpuMayNotReplaceIt() {
    BackendUnavailableException error =
        assertThrows(
            BackendUnavailableException.class, () -> request("cuda", false, "GPU-5a", null));
    assertTrue(error.getMessage().contains("the GPU 'GPU-5a', which is no number"));
    error =
        assertThrows(BackendUnavailableException.class, () -> request("cuda", false, "1", "2,3"));
    assertTrue(
        error.getMessage().contains("which is none of CUDA_VISIBLE_DEVICES = '2,3'"),
        error::getMessage);
  }
}
