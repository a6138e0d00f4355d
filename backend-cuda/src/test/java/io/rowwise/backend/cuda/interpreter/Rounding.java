package io.rowwise.backend.cuda.interpreter;

import java.util.Set;

/** The four directions of rounding that PTX knows, done exactly. */
enum Rounding {
  NEAREST,
  ZERO,
  DOWN,
  UP;

  private static final Set<String> NAMES = Set.of("rn", "rz", "rm", "rp");
  private static final Set<String> INTEGRAL_NAMES = Set.of("rni", "rzi", "rmi", "rpi");

  /** Takes a direction such as {@code rn} from the modifiers; null if there is none. */
  static Rounding take(Modifiers modifiers) {
    return named(modifiers.takeOneOf(NAMES));
  }

  /** Takes a direction of rounding to integers such as {@code rni}; null if there is none. */
  static Rounding takeIntegral(Modifiers modifiers) {
    return named(modifiers.takeOneOf(INTEGRAL_NAMES));
  }

  private static Rounding named(String name) {
    if (name == null) {
      return null;
    }
    return switch (name.charAt(1)) {
      case 'n' -> NEAREST;
      case 'z' -> ZERO;
      case 'm' -> DOWN;
      default -> UP;
    };
  }

  /** The integral number in this direction; ties go to the even one. */
  double toIntegral(double x) {
    return switch (this) {
      case NEAREST -> Math.rint(x);
      case ZERO -> x < 0 ? Math.ceil(x) : Math.floor(x);
      case DOWN -> Math.floor(x);
      case UP -> Math.ceil(x);
    };
  }

  /**
   * {@code value + rest} as a float.
   *
   * @param value a double
   * @param rest what is missing from the exact number, at most half an ulp of the value; to the
   *     nearest only 0 is right, because the value was rounded once
   */
  float toFloat(double value, double rest) {
    float nearest = (float) value;
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      return nearest;
    }
    int exactAbove = compareExact(value, rest, nearest);
    return switch (this) {
      case NEAREST -> nearest;
      case DOWN -> exactAbove < 0 ? Math.nextDown(nearest) : nearest;
      case UP -> exactAbove > 0 ? Math.nextUp(nearest) : nearest;
      case ZERO -> {
        if (value > 0) {
          yield exactAbove < 0 ? Math.nextDown(nearest) : nearest;
        }
        yield exactAbove > 0 ? Math.nextUp(nearest) : nearest;
      }
    };
  }

  /** The sign of the exact number less the float. */
  private static int compareExact(double value, double rest, float to) {
    int sign = Double.compare(value, to);
    return sign != 0 ? sign : Double.compare(rest + 0.0, 0.0);
  }
}
