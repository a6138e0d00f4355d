package io.rowwise.cli;

import io.rowwise.backend.ElementType;
import java.util.Locale;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code float64} and {@code float32}, the types that a model is trained in. */
final class TypeOption implements ITypeConverter<ElementType> {
  @Override
  public ElementType convert(String value) {
    try {
      return ElementType.ofArithmetic(value.toLowerCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
