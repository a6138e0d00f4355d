package io.rowwise.spark;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.rowwise.backend.BackendUnavailableException;
import java.util.List;
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
    "cuda, GPU-5a, 'GPU-77 , GPU-5a', cuda:GPU-5a",
    "auto, GPU-5a, , cuda:GPU-5a",
    "auto, GPU-5a, '2,3', cuda:GPU-5a",
    "auto, MIG-GPU-5a/1/0, MIG-GPU-5a/1/0, cuda:MIG-GPU-5a/1/0",
    "cuda, 00000000:3B:00.0, '0,1', cuda:00000000:3B:00.0",
    "cuda, , , cuda",
    "cpu, 3, , cpu",
    "auto, , , cpu",
    "auto, gpu0, , cpu",
    "auto, 1234567890, , cpu",
    "auto, '', , cpu",
    "auto, 1, '2,3', cpu",
    "auto, 1, GPU-5a, cpu",
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
            BackendUnavailableException.class, () -> request("cuda", false, "gpu0", "gpu0"));
    assertEquals(
        "Spark gave the task the GPU 'gpu0', which is neither a number nor a UUID nor a PCI id; let"
            + " the discovery script print one of these",
        error.getMessage());
    error =
        assertThrows(BackendUnavailableException.class, () -> request("cuda", false, "1", "2,3"));
    assertEquals(
        "Spark gave the task the GPU '1', which is none of CUDA_VISIBLE_DEVICES = '2,3'; let the"
            + " discovery script print UUIDs, or add its number there",
        error.getMessage());
  }

  @Test
  void tasksThatNameOneGpuDifferentlyShareABackend() {
    try (FaultyDevice.Use use = FaultyDevice.beforeGradients(number -> {})) {
      assertNotNull(use);
      ExecutorBackend first = ExecutorBackend.acquire(request("cuda", true, "1", null));
      ExecutorBackend same = ExecutorBackend.acquire(request("cuda", true, "GPU-1", null));
      ExecutorBackend other = ExecutorBackend.acquire(request("cuda", true, "GPU-2", "7"));
      assertEquals("cuda:1", first.toString());
      assertSame(first, same);
      assertEquals("cuda:2", other.toString());
      for (ExecutorBackend each : List.of(first, same, other)) {
        each.leave();
        each.release();
      }
      ExecutorBackend.closeIdle(true);
    }
  }
}
