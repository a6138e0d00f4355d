package io.rowwise.benchmarks.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Backends;
import io.rowwise.backend.contract.ReferenceBackend;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class NotebookCheckTest {
  @Test
  void theStoredValuesAreThoseOfTheCpuAndOfPlainJava() throws IOException {
    try (Backend cpu = Backends.choose("cpu", false).backend();
        Backend reference = new ReferenceBackend()) {
      List<String> told = new ArrayList<>();
      assertEquals(List.of(), NotebookCheck.compare(cpu, (fit, difference) -> told.add(fit)));
      assertEquals(List.of(), NotebookCheck.compare(reference, (fit, difference) -> {}));
      assertEquals(6, told.size());
    }
  }
}
