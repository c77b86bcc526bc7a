import Imaging
import Platform

/// Answers drawn for people to look at, on the picture they are about and at its size.
extension SegmentationTask {
  /// `picture` with the mask tinted and its rim drawn.
  public func overlay(_ answer: SegmentationAnswer, on picture: Image) -> Image {
    var result = picture
    let mask = answer.mask.atSize(of: picture)
    result.blend(mask, color: OverlayStyle.tint, opacity: 0.45)
    result.fill(mask.rim(width: OverlayStyle.lineWidth(for: picture)), color: OverlayStyle.line)
    return result
  }
}

extension DetectionTask {
  /// `picture` with the boxes drawn, the surest on top.
  public func overlay(_ answer: DetectionAnswer, on picture: Image) -> Image {
    var result = picture
    let across = Double(picture.width) / Double(max(1, answer.width))
    let down = Double(picture.height) / Double(max(1, answer.height))
    let width = OverlayStyle.lineWidth(for: picture)
    for detection in answer.detections.reversed() {
      let box = Box(
        left: detection.box.left * across, top: detection.box.top * down,
        right: min(detection.box.right * across, Double(picture.width - 1)),
        bottom: min(detection.box.bottom * down, Double(picture.height - 1)))
      result.strokeBox(box, color: .black, width: width + 1)
      result.strokeBox(box, color: OverlayStyle.line, width: width)
    }
    return result
  }
}

extension DepthTask {
  /// The distances in colours, red near and violet far, over the range that occurs; black where
  /// nothing is known.
  public func overlay(_ answer: DepthAnswer, on picture: Image) -> Image {
    let metres =
      answer.metres.width == picture.width && answer.metres.height == picture.height
      ? answer.metres
      : answer.metres.resizedNearest(width: picture.width, height: picture.height)
    var result = Image(width: picture.width, height: picture.height)
    let span = max(answer.maximum - answer.minimum, 1e-6)
    for (index, distance) in metres.elements.enumerated() where distance > 0 {
      let color = OverlayStyle.distanceColor(
        min(1, max(0, (Double(distance) - answer.minimum) / span)))
      result.pixels[3 * index] = color.red
      result.pixels[3 * index + 1] = color.green
      result.pixels[3 * index + 2] = color.blue
    }
    return result
  }
}

extension ClassificationTask {
  /// `picture` with a banner below the upper edge: in the colour of the verdict, as long as the
  /// verdict is clear, the rest in the other colour; with a tick for yes, a cross for no.
  public func overlay(_ answer: ClassificationAnswer, on picture: Image) -> Image {
    var result = picture
    let height = max(3, picture.height / 8)
    let share = 0.5 + 0.5 * min(1, abs(answer.margin))
    let length = Int((Double(picture.width) * share).rounded())
    let (verdict, other) =
      answer.isPresent
      ? (answer.colors.positive.color, answer.colors.negative.color)
      : (answer.colors.negative.color, answer.colors.positive.color)
    let bottom = Double(height - 1)
    result.fillBox(
      Box(left: 0, top: 0, right: Double(picture.width - 1), bottom: bottom), color: other)
    result.fillBox(
      Box(left: 0, top: 0, right: Double(length - 1), bottom: bottom), color: verdict)
    drawSign(
      answer.isPresent, color: OverlayStyle.contrast(to: verdict), height: height, on: &result)
    return result
  }

  private func drawSign(_ isYes: Bool, color: Color, height: Int, on picture: inout Image) {
    let width = max(1, height / 8)
    let (low, high) = (height / 4, height - 1 - height / 4)
    if isYes {
      let turn = PixelPoint(low + (high - low) / 3, high)
      picture.drawLine(
        from: PixelPoint(low, (low + high) / 2), to: turn, color: color, width: width)
      picture.drawLine(from: turn, to: PixelPoint(high, low), color: color, width: width)
    } else {
      picture.drawLine(
        from: PixelPoint(low, low), to: PixelPoint(high, high), color: color, width: width)
      picture.drawLine(
        from: PixelPoint(low, high), to: PixelPoint(high, low), color: color, width: width)
    }
  }
}

extension TaskSuite {
  /// `answer` drawn for people to look at, at the size of `picture`.
  public func overlay(_ answer: TaskAnswer, on picture: Image) -> Image {
    switch answer {
    case .segmentation(let answer): segmentation.overlay(answer, on: picture)
    case .detection(let answer): detection.overlay(answer, on: picture)
    case .depth(let answer): depth.overlay(answer, on: picture)
    case .classification(let answer): classification.overlay(answer, on: picture)
    }
  }
}

enum OverlayStyle {
  static let tint = Color(255, 64, 160)
  static let line = Color(255, 220, 0)

  /// A line that can be seen in a picture of this size.
  static func lineWidth(for picture: Image) -> Int {
    max(1, (min(picture.width, picture.height) + 60) / 120)
  }

  /// Black or white, whichever can be read on `color`.
  static func contrast(to color: Color) -> Color {
    let luma = 299 * Int(color.red) + 587 * Int(color.green) + 114 * Int(color.blue)
    return luma > 128_000 ? .black : .white
  }

  /// Red, yellow, green, cyan, blue, violet for 0...1.
  static func distanceColor(_ share: Double) -> Color {
    let stops = [
      (215.0, 30.0, 30.0), (250.0, 190.0, 40.0), (90.0, 190.0, 60.0), (40.0, 180.0, 200.0),
      (50.0, 80.0, 200.0), (90.0, 30.0, 120.0),
    ]
    let position = share * Double(stops.count - 1)
    let first = min(stops.count - 2, max(0, Int(position)))
    let part = position - Double(first)
    func mix(_ a: Double, _ b: Double) -> UInt8 { UInt8((a + (b - a) * part).rounded()) }
    let (a, b) = (stops[first], stops[first + 1])
    return Color(mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
  }
}

extension Plane where Element == Bool {
  fileprivate func atSize(of picture: Image) -> Mask {
    width == picture.width && height == picture.height
      ? self : resizedNearest(width: picture.width, height: picture.height)
  }

  /// The set pixels that are within `width` pixels of one that isn't, across or down.
  fileprivate func rim(width lineWidth: Int) -> Mask {
    var inner = self
    for _ in 0..<lineWidth {
      let before = inner
      for y in 0..<height {
        for x in 0..<width where before[x, y] {
          let isInside =
            (x == 0 || before[x - 1, y]) && (x == width - 1 || before[x + 1, y])
            && (y == 0 || before[x, y - 1]) && (y == height - 1 || before[x, y + 1])
          if !isInside { inner[x, y] = false }
        }
      }
    }
    return subtracting(inner)
  }
}
