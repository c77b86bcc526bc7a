import Platform

extension Plane where Element == Bool {
  /// Set wherever a pixel of the square of 2 `radius` + 1 around it is set.
  public func dilated(radius: Int = 1) -> Mask { spread(true, radius: radius) }

  /// Set wherever all pixels of the square of 2 `radius` + 1 around it are set; what lies outside
  /// the mask doesn't count.
  public func eroded(radius: Int = 1) -> Mask { spread(false, radius: radius) }

  /// Eroded, then dilated: removes what is thinner than the square.
  public func opened(radius: Int = 1) -> Mask { eroded(radius: radius).dilated(radius: radius) }

  /// Dilated, then eroded: closes gaps narrower than the square.
  public func closed(radius: Int = 1) -> Mask { dilated(radius: radius).eroded(radius: radius) }

  /// Lets `value` win over its neighbours, first along rows, then along columns.
  private func spread(_ value: Bool, radius: Int) -> Mask {
    require(radius >= 0, "a square of radius \(radius) is none")
    guard radius > 0 else { return self }
    var result = self
    result.elements.withUnsafeMutableBufferPointer { elements in
      for y in 0..<height {
        Self.spread(value, in: elements, from: y * width, step: 1, count: width, radius: radius)
      }
      for x in 0..<width {
        Self.spread(value, in: elements, from: x, step: width, count: height, radius: radius)
      }
    }
    return result
  }

  /// Along one line: remembers how far the last `value` still reaches, forwards and backwards.
  private static func spread(
    _ value: Bool, in elements: UnsafeMutableBufferPointer<Bool>, from start: Int, step: Int,
    count: Int, radius: Int
  ) {
    var distances = [Int](repeating: Int.max, count: count)
    var distance = Int.max
    for index in 0..<count {
      distance =
        elements[start + index * step] == value ? 0 : distance &+ (distance < Int.max ? 1 : 0)
      distances[index] = distance
    }
    distance = Int.max
    for index in stride(from: count - 1, through: 0, by: -1) {
      distance = distances[index] == 0 ? 0 : distance &+ (distance < Int.max ? 1 : 0)
      if min(distance, distances[index]) <= radius { elements[start + index * step] = value }
    }
  }
}
