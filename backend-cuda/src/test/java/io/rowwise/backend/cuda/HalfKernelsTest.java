package io.rowwise.backend.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.rowwise.backend.Backend;
import io.rowwise.backend.Device;
import io.rowwise.backend.ElementType;
import io.rowwise.backend.cuda.Trial.Layout;
import io.rowwise.backend.cuda.driver.InterpretedGpu;
import io.rowwise.backend.cuda.kernel.CudaKernel;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which kernels there are for matrices of 16 bits; how exact they are, other tests say. */
final class HalfKernelsTest {
  private static List<String> launches(
      InterpretedGpu gpu, Exercise exercise, ElementType type, int rows, int columns) {
    Device device = new Device("cuda:0", "interpreter", 1L << 30, Map.of());
    try (Backend backend = new CudaBackend(device, gpu);
        Trial trial = new Trial(backend, type, rows, columns, Layout.UNALIGNED)) {
      exercise.run(trial);
      assertEquals(List.of(), trial.differences());
      return gpu.runs().stream().map(InterpretedGpu.Run::kernel).toList();
    }
  }

  private static Set<Exercise> exercises() {
    Set<Exercise> exercises = EnumSet.copyOf(Exercise.OF_HALVES);
    exercises.remove(Exercise.CONVERT);
    exercises.add(Exercise.BIAS_SOFTMAX);
    return exercises;
  }

  @ParameterizedTest
  @EnumSource(
      value = ElementType.class,
      names = {"BFLOAT16", "FLOAT16"})
  void devicesBeforeThemComputeInCopies(ElementType type) {
    for (Exercise exercise : exercises()) {
      InterpretedGpu old = new InterpretedGpu(CudaKernel.AMPERE - 5);

      List<String> launches = launches(old, exercise, type, 5, 7);

      assertTrue(launches.get(0).startsWith("convert_to_f32_"), launches.toString());
      assertTrue(
          launches.stream()
              .filter(kernel -> !kernel.startsWith("convert_"))
              .allMatch(kernel -> kernel.endsWith("_f32")),
          launches.toString());
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = ElementType.class,
      names = {"BFLOAT16", "FLOAT16"})
  void othersReadAndWriteThem(ElementType type) {
    for (Exercise exercise : exercises()) {
      if (exercise != Exercise.BIAS_SOFTMAX) {
        List<String> launches = launches(new InterpretedGpu(), exercise, type, 5, 7);

        assertTrue(
            launches.stream().noneMatch(kernel -> kernel.startsWith("convert_")),
            launches.toString());
      }
    }
  }

  /** Its bias is, and its result, which is smaller. */
  @ParameterizedTest
  @EnumSource(
      value = ElementType.class,
      names = {"BFLOAT16", "FLOAT16"})
  void whatIsMultipliedForAPredictionIsNotCopied(ElementType type) {
    InterpretedGpu gpu = new InterpretedGpu();
    String suffix = type == ElementType.BFLOAT16 ? "bf16" : "f16";

    List<String> launches = launches(gpu, Exercise.BIAS_SOFTMAX, type, 5, 7);

    assertEquals(
        List.of(
            "convert_to_f32_" + suffix,
            "softmax_group_elements_f32",
            "convert_to_" + suffix + "_f32"),
        launches);
    assertEquals(1, gpu.products());
    // The logits and the bias of 7 classes are in rows without gaps.
    int rows = gpu.runs().get(0).arguments().getInt(32);
    assertEquals(1, rows);
  }
}
