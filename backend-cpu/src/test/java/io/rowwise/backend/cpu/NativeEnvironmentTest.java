package io.rowwise.backend.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.jna.Function;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
final class NativeEnvironmentTest {
  private static String get(String name) {
    Object[] arguments = {name};
    return Function.getFunction("c", "getenv").invokeString(arguments, false);
  }

  @Test
  void nativeCodeSeesWhatIsAddedAndWhatWasThere() {
    Map<String, String> before = System.getenv();
    NativeEnvironment.add("ROWWISE_TEST_1", "one and the same");
    NativeEnvironment.add("ROWWISE_TEST_2", "");
    assertEquals("one and the same", get("ROWWISE_TEST_1"));
    assertEquals("", get("ROWWISE_TEST_2"));
    before.forEach((name, value) -> assertEquals(value, get(name), name));
  }

  @Test
  void theLibraryGoesOnFromThere() {
    NativeEnvironment.add("ROWWISE_TEST_3", "3");
    Object[] four = {"ROWWISE_TEST_4", "4", 0};
    assertEquals(0, Function.getFunction("c", "setenv").invokeInt(four));
    NativeEnvironment.add("ROWWISE_TEST_5", "5");
    assertEquals("3", get("ROWWISE_TEST_3"));
    assertEquals("4", get("ROWWISE_TEST_4"));
    assertEquals("5", get("ROWWISE_TEST_5"));
  }
}
