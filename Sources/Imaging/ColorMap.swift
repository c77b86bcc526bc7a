/// Colours for numbers, to show depth and other maps.
public enum ColorMap: String, CaseIterable, Sendable {
  /// Black to white.
  case grey
  /// Blue, cyan, yellow, red: the rainbow of older tools, with its uneven steps.
  case jet
  /// A rainbow from dark violet to dark red whose lightness rises and falls evenly.
  case spectrum

  /// The colour of `value`, 0...1; what lies outside (or is no number) takes the nearer end.
  public func color(at value: Double) -> Color {
    let value = value.isNaN ? 0 : min(max(value, 0), 1)
    switch self {
    case .grey:
      let level = UInt8((value * 255).rounded())
      return Color(level, level, level)
    case .jet:
      func ramp(_ center: Double) -> UInt8 {
        UInt8((min(max(1.5 - abs(4 * value - center), 0), 1) * 255).rounded())
      }
      return Color(ramp(3), ramp(2), ramp(1))
    case .spectrum:
      let position = value * Double(Self.spectrumStops.count - 1)
      let index = min(Int(position), Self.spectrumStops.count - 2)
      let (low, high) = (Self.spectrumStops[index], Self.spectrumStops[index + 1])
      let share = position - Double(index)
      func mix(_ a: UInt8, _ b: UInt8) -> UInt8 {
        let mixed = Double(a) * (1 - share) + Double(b) * share
        return UInt8(mixed.rounded())
      }
      return Color(
        mix(low.red, high.red), mix(low.green, high.green), mix(low.blue, high.blue))
    }
  }

  private static let spectrumStops = [
    Color(45, 20, 70), Color(62, 70, 170), Color(60, 120, 240), Color(35, 170, 235),
    Color(30, 210, 180), Color(90, 240, 110), Color(170, 250, 60), Color(230, 215, 50),
    Color(250, 160, 45), Color(235, 95, 25), Color(190, 40, 10), Color(120, 10, 5),
  ]
}

extension Plane where Element == Float {
  /// The map in colours.
  ///
  /// - Parameters:
  ///   - range: the values of the first and last colour; the smallest and largest finite element
  ///     when absent.
  ///   - missing: the colour of what is not a finite number.
  public func colored(
    _ map: ColorMap, range: ClosedRange<Float>? = nil, missing: Color = .black
  ) -> Image {
    let finite = elements.lazy.filter(\.isFinite)
    let low = range?.lowerBound ?? finite.min() ?? 0
    let high = range?.upperBound ?? finite.max() ?? 1
    let scale = high > low ? 1 / (Double(high) - Double(low)) : 0
    let table = (0...1023).map { map.color(at: Double($0) / 1023) }
    var pixels: [UInt8] = []
    pixels.reserveCapacity(3 * elements.count)
    for element in elements {
      var color = missing
      if element.isFinite {
        let value = min(max((Double(element) - Double(low)) * scale, 0), 1)
        color = table[Int((value * 1023).rounded())]
      }
      pixels += [color.red, color.green, color.blue]
    }
    return Image(width: width, height: height, pixels: pixels)
  }
}
