import Platform

#if canImport(Glibc)
  import Glibc
#endif

extension Plane where Element == Float {
  /// Convolved with a Gaussian cut off at four standard deviations; the border is mirrored at the
  /// middle of the outermost element.
  ///
  /// - Parameter sigma: the standard deviation in pixels, positive.
  public func gaussianBlurred(sigma: Double) -> Plane {
    Plane(
      width: width, height: height,
      elements: convolved(
        elements, width: width, height: height, channels: 1, kernel: gaussianKernel(sigma)))
  }

  /// The mean of every square of 2 `radius` + 1 a side; the border is mirrored.
  public func boxBlurred(radius: Int) -> Plane {
    Plane(
      width: width, height: height,
      elements: convolved(
        elements, width: width, height: height, channels: 1, kernel: boxKernel(radius)))
  }
}

extension Plane where Element == UInt8 {
  /// As for floating-point maps, rounded at the end.
  public func gaussianBlurred(sigma: Double) -> Plane {
    rounded(map { Float($0) }.gaussianBlurred(sigma: sigma))
  }

  /// As for floating-point maps, rounded at the end.
  public func boxBlurred(radius: Int) -> Plane {
    rounded(map { Float($0) }.boxBlurred(radius: radius))
  }

  private func rounded(_ plane: Plane<Float>) -> Plane { plane.map { roundedToByte($0) } }
}

extension Image {
  /// Convolved with a Gaussian, channel by channel; see ``Plane/gaussianBlurred(sigma:)``.
  public func gaussianBlurred(sigma: Double) -> Image { convolvedRounded(gaussianKernel(sigma)) }

  /// The mean of every square of 2 `radius` + 1 a side, channel by channel; the border is mirrored.
  public func boxBlurred(radius: Int) -> Image { convolvedRounded(boxKernel(radius)) }

  private func convolvedRounded(_ kernel: [Float]) -> Image {
    let samples = convolved(
      pixels.map { Float($0) }, width: width, height: height, channels: 3, kernel: kernel)
    return Image(width: width, height: height, pixels: samples.map { roundedToByte($0) })
  }
}

@inline(__always)
private func roundedToByte(_ value: Float) -> UInt8 {
  UInt8(min(max(value + 0.5, 0), 255))
}

private func gaussianKernel(_ sigma: Double) -> [Float] {
  require(sigma > 0 && sigma < 1000, "a Gaussian of standard deviation \(sigma) is no filter")
  let radius = max(1, Int((4 * sigma).rounded(.up)))
  let values = (-radius...radius).map { exp(-Double($0 * $0) / (2 * sigma * sigma)) }
  let sum = values.reduce(0, +)
  return values.map { Float($0 / sum) }
}

private func boxKernel(_ radius: Int) -> [Float] {
  require(radius >= 0 && radius < 1000, "a box of radius \(radius) is no filter")
  return [Float](repeating: 1 / Float(2 * radius + 1), count: 2 * radius + 1)
}

/// Where a position outside 0..<count is found when the raster is mirrored at its first and last
/// element again and again.
private func mirrored(_ position: Int, count: Int) -> Int {
  guard count > 1 else { return 0 }
  let period = 2 * (count - 1)
  let phase = ((position % period) + period) % period
  return phase < count ? phase : period - phase
}

/// Both passes of a separable convolution with an odd kernel.
private func convolved(
  _ samples: [Float], width: Int, height: Int, channels: Int, kernel: [Float]
) -> [Float] {
  let radius = kernel.count / 2
  let rowLength = width * channels
  var middle = [Float](repeating: 0, count: samples.count)
  let columns = (-radius..<(width + radius)).map { mirrored($0, count: width) * channels }
  var output = [Float](repeating: 0, count: samples.count)
  samples.withUnsafeBufferPointer { samples in
    middle.withUnsafeMutableBufferPointer { middle in
      for y in 0..<height {
        for x in 0..<width {
          for channel in 0..<channels {
            var sum: Float = 0
            for tap in kernel.indices {
              sum += samples[y * rowLength + columns[x + tap] + channel] * kernel[tap]
            }
            middle[y * rowLength + x * channels + channel] = sum
          }
        }
      }
      output.withUnsafeMutableBufferPointer { output in
        for y in 0..<height {
          for tap in kernel.indices {
            let weight = kernel[tap]
            let source = mirrored(y + tap - radius, count: height) * rowLength
            for index in 0..<rowLength {
              output[y * rowLength + index] += middle[source + index] * weight
            }
          }
        }
      }
    }
  }
  return output
}
