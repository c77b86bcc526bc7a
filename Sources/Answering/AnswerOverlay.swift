import Foundation
import Imaging
import VisionTasks

/// Pictures with their answers drawn over them, for looking at.
public enum AnswerOverlay {
  /// `picture` with `answer` on top, at its own size.
  ///
  /// Masks are tinted and outlined, boxes drawn with their scores, depth mixed in as colours from
  /// near (violet) to far (red), verdicts shown as a frame in the answered colour.
  public static func picture(
    of answer: TaskAnswer, to instruction: Instruction, on picture: Image
  ) -> Image {
    var overlay = picture
    let short = min(picture.width, picture.height)
    let stroke = max(1, short / 160)
    switch answer {
    case .segmentation(let answer):
      overlay.blend(answer.mask, color: tint, opacity: 0.45)
      overlay.strokeOutline(of: answer.mask, color: .white, width: stroke)
    case .detection(let answer):
      for detection in answer.detections.reversed() {
        // The right and lower edges are outside the box; strokes include their last pixel.
        let box = detection.box
        overlay.strokeBox(
          Box(left: box.left, top: box.top, right: box.right - 1, bottom: box.bottom - 1),
          color: boxColor, width: stroke)
        overlay.label(
          String(format: "%.2f", detection.score), at: (Int(box.left), Int(box.top)),
          isAbove: true, on: boxColor)
      }
    case .depth(let answer):
      let colors = answer.metres.colored(
        .spectrum, range: 0...Float(answer.rangeInMetres), missing: .black)
      for index in overlay.pixels.indices {
        overlay.pixels[index] = UInt8(
          (2 * Int(picture.pixels[index]) + 3 * Int(colors.pixels[index])) / 5)
      }
      overlay.label(
        String(format: "%.2f-%.2f m", answer.minimum, answer.maximum), at: (0, 0), on: .white)
    case .classification(let answer):
      let color = (answer.isPresent ? answer.colors.positive : answer.colors.negative).color
      overlay.strokeBox(
        Box(
          left: 0, top: 0, right: Double(picture.width - 1), bottom: Double(picture.height - 1)),
        color: color, width: max(1, short / 24))
      let verdict = answer.isPresent ? "yes" : "no"
      overlay.label(
        instruction.category.map { "\($0): \(verdict)" } ?? verdict, at: (0, 0), on: color)
    }
    return overlay
  }

  private static let tint = Color(255, 64, 0)
  private static let boxColor = Color(255, 210, 0)
}

extension Image {
  /// A text on a coloured ground below or above a corner, left out of pictures that it would cover.
  fileprivate mutating func label(
    _ text: String, at corner: (x: Int, y: Int), isAbove: Bool = false, on ground: Color
  ) {
    let scale = max(1, min(width, height) / 240)
    let size = Image.textSize(text, scale: scale)
    guard size.width + 2 * scale <= width, 3 * size.height <= height else { return }
    let y = isAbove ? corner.y - size.height - scale : corner.y + scale
    let brightness =
      299 * Int(ground.red) + 587 * Int(ground.green) + 114 * Int(ground.blue)
    drawText(
      text,
      at: PixelPoint(
        min(max(corner.x, 0) + scale, width - size.width - scale),
        min(max(y, scale), height - size.height - scale)),
      color: brightness > 128_000 ? .black : .white, scale: scale, background: ground)
  }
}
