package io.rowwise.backend.cuda;

import io.rowwise.backend.cuda.driver.Compilation;
import io.rowwise.backend.cuda.driver.Compiler;
import io.rowwise.backend.cuda.library.LibraryMissingException;
import io.rowwise.backend.cuda.loader.CompilerSupplier;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Compiles CUDA C++ for one device. Safe for use by many threads. */
final class SourceCompiler {
  private static final List<String> ARCHITECTURE_OPTIONS = List.of("--gpu-architecture", "-arch");

  private final CompilerSupplier compilers;
  private final int computeCapability;

  /**
   * @param compilers gives the compiler, when it is first needed
   * @param computeCapability the device's
   */
  SourceCompiler(CompilerSupplier compilers, int computeCapability) {
    this.compilers = compilers;
    this.computeCapability = computeCapability;
  }

  /**
   * The PTX of a source.
   *
   * @param name for the compiler's messages
   * @param options put behind ours
   * @throws CompilerUnavailableException if there is no compiler, or none for this device
   * @throws CompilationException if it does not compile, or if an option is not known
   */
  String compile(String name, String source, List<String> options) {
    requireText("the name", name);
    requireText("the source", source);
    options.forEach(option -> requireText("an option", option));
    Compiler compiler = compiler();
    List<String> all = new ArrayList<>();
    if (options.stream().noneMatch(SourceCompiler::isArchitecture)) {
      all.add("--gpu-architecture=compute_" + architecture(compiler));
    }
    all.addAll(options);
    Compilation compilation = compiler.compile(name, source, List.copyOf(all));
    if (compilation.ptx() == null) {
      throw new CompilationException(name, all, compilation.problem(), compilation.log());
    }
    return compilation.ptx();
  }

  private Compiler compiler() {
    try {
      return compilers.get();
    } catch (LibraryMissingException e) {
      throw new CompilerUnavailableException(e.getMessage(), e);
    }
  }

  private static boolean isArchitecture(String option) {
    return ARCHITECTURE_OPTIONS.stream().anyMatch(option::startsWith);
  }

  /** The newest that both the compiler and the device know. */
  private int architecture(Compiler compiler) {
    List<Integer> known = compiler.computeCapabilities();
    return known.stream()
        .filter(capability -> capability <= computeCapability)
        .max(Integer::compare)
        .orElseThrow(
            () ->
                new CompilerUnavailableException(
                    String.format(
                        Locale.ROOT,
                        "%s compiles for compute capabilities %s, the device has %d; install an"
                            + " older CUDA's",
                        compiler.version(),
                        known,
                        computeCapability)));
  }

  private static void requireText(String what, String text) {
    if (text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException(
          "ofSource: %s has a zero character, where the compiler would end it".formatted(what));
    }
  }
}
