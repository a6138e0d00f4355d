package io.rowwise.backend;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.OptionalInt;
import java.util.Properties;
import java.util.Set;
import org.junit.jupiter.api.Test;

final class UnreadPropertiesTest {
  private static BackendProvider provider(String name, String... properties) {
    return new BackendProvider() {
      @Override
      public String name() {
        return name;
      }

      @Override
      public int priority() {
        return 0;
      }

      @Override
      public Backend open(OptionalInt index) {
        throw new BackendUnavailableException("never");
      }

      @Override
      public List<String> properties() {
        return List.of(properties);
      }
    };
  }

  private static Set<String> unread(List<BackendProvider> providers, String... set) {
    Properties properties = new Properties();
    for (String name : set) {
      properties.setProperty(name, "1");
    }
    return UnreadProperties.of(providers, properties);
  }

  @Test
  void whatNobodyReadsIsTold() {
    assertEquals(
        Set.of("rowwise.cpu.thread", "rowwise.leak"),
        unread(
            List.of(provider("cpu", "rowwise.cpu.threads")),
            "rowwise.cpu.threads",
            "rowwise.cpu.thread",
            "rowwise.leaks",
            "rowwise.leak",
            "rowwise.backend",
            "rowwise.backend.fallback",
            "row.wise",
            "backend"));
  }

  @Test
  void aModuleThatIsNotThereMissesNone() {
    assertEquals(
        Set.of(),
        unread(
            List.of(provider("cpu", "rowwise.cpu.threads")), "rowwise.cuda", "rowwise.cuda.tf32"));
  }

  @Test
  void aProviderThatDoesNotSayMissesNone() {
    assertEquals(
        Set.of("rowwise.other"),
        unread(List.of(provider("tpu")), "rowwise.tpu.x", "rowwise.other"));
  }
}
