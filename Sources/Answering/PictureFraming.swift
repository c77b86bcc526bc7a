import Diffusion
import Imaging
import VisionTasks

/// How a picture of any size is brought to the model's size and its answer back.
///
/// Fitted pictures are cut to the working aspect ratio about their centre, as the authors do; what
/// lies outside that cut continues the answer's border. Squashed pictures are resized whole.
public struct PictureFraming: Sendable, Equatable {
  /// The picture's own size.
  public let width: Int
  public let height: Int
  /// The model's size.
  public let working: WorkingSize
  /// The part of the picture that the model sees, pixels.
  let left: Int
  let top: Int
  let cutWidth: Int
  let cutHeight: Int

  /// - Throws: ``ReportableError`` for a resolution or an aspect ratio that can't be worked at.
  public init(
    width: Int, height: Int, resolution: Int, multiple: Int, squashes: Bool
  ) throws {
    self.width = width
    self.height = height
    if squashes {
      let side = max(multiple, resolution / multiple * multiple)
      working = WorkingSize(width: side, height: side)
      (left, top, cutWidth, cutHeight) = (0, 0, width, height)
      return
    }
    working = try WorkingSize(
      fitting: width, by: height, resolution: resolution, multiple: multiple)
    // The largest centred part of the working aspect ratio, in whole numbers.
    if width * working.height > height * working.width {
      cutWidth = max(1, height * working.width / working.height)
      cutHeight = height
    } else {
      cutWidth = width
      cutHeight = max(1, width * working.height / working.width)
    }
    left = (width - cutWidth) / 2
    top = (height - cutHeight) / 2
  }

  /// The picture at the model's size.
  public func prepared(_ picture: Image) -> Image {
    let cut =
      cutWidth == width && cutHeight == height
      ? picture : picture.cropped(x: left, y: top, width: cutWidth, height: cutHeight)
    guard cut.width != working.width || cut.height != working.height else { return cut }
    return cut.resized(width: working.width, height: working.height, filter: .lanczos)
  }

  /// An answer at the picture's own size.
  public func restored(_ answer: Image) -> Image {
    let cut =
      answer.width == cutWidth && answer.height == cutHeight
      ? answer : answer.resized(width: cutWidth, height: cutHeight, filter: .bilinear)
    guard cutWidth != width || cutHeight != height else { return cut }
    var whole = Image(width: width, height: height)
    for y in 0..<height {
      let sourceY = min(max(y - top, 0), cutHeight - 1)
      for x in 0..<width {
        whole[x, y] = cut[min(max(x - left, 0), cutWidth - 1), sourceY]
      }
    }
    return whole
  }

  /// A box of the model's picture in the picture's own pixels.
  public func restored(_ box: Box) -> Box {
    let scaleX = Double(cutWidth) / Double(working.width)
    let scaleY = Double(cutHeight) / Double(working.height)
    return Box(
      left: box.left * scaleX + Double(left), top: box.top * scaleY + Double(top),
      right: box.right * scaleX + Double(left), bottom: box.bottom * scaleY + Double(top))
  }
}
