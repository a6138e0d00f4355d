package io.rowwise.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class DeviceTest {
  @Test
  void aDeviceIsOneLineWithItsDetailsInTheirOrder() {
    Map<String, String> details = new LinkedHashMap<>();
    details.put("compute capability", "9.0");
    details.put("driver", "12.6");
    details.put("array", "first");
    Device device = new Device("cuda:0", "NVIDIA H100", 1L << 40, details);
    details.clear();
    assertEquals(
        "cuda:0 NVIDIA H100 (compute capability 9.0, driver 12.6, array first)", device.toString());
    assertEquals("cpu a processor", new Device("cpu", "a processor", 1, Map.of()).toString());
  }

  @Test
  void detailsCannotBeChanged() {
    Device device = new Device("cpu", "a processor", 1, Map.of("cores", "8"));
    assertThrows(UnsupportedOperationException.class, () -> device.details().put("cores", "9"));
  }
}
