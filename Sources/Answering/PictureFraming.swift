import Diffusion
import Imaging
import Platform
import VisionTasks

/// How a picture of any size is brought to the model's size and its answer back.
///
/// Fitted pictures are cut to the working aspect ratio about their centre and resized by Lanczos, to
/// the bit as Pillow's `ImageOps.fit` does for the authors; what lies outside that cut continues the
/// answer's border. Squashed pictures are resized whole to a square.
///
/// Deviates: an answer always comes back at the picture's size, resized bilinearly. All of the
/// authors' tools leave it at the model's size, but InstructDiffusion's command line, which cuts it
/// to the picture's shape and resizes it by Lanczos (`ImageOps.fit`), so that places shift by what
/// was cut off before. The authors' rule gives a strip of 8192x1 pixels 524288x64;
/// where it asks for more than four squares of the resolution, or where a side would vanish, the
/// whole strip is resized to the resolution by one multiple.
public struct PictureFraming: Sendable, Hashable {
  /// How the model's size follows from the picture's.
  public enum Rule: String, CaseIterable, Sendable {
    /// The short side rounded up to a multiple, the long one following: InstructPix2Pix, InstructCV
    /// and InstructDiffusion's command line. See
    /// ``Diffusion/WorkingSize/init(fitting:by:resolution:multiple:maximumPixelCount:)``.
    case fit
    /// Both sides rounded down: InstructDiffusion's demonstration. See
    /// ``Diffusion/WorkingSize/init(within:by:resolution:multiple:)``.
    case fitInside = "fit-inside"
    /// A square, by Lanczos: what models are trained with.
    case squash
    /// A square, bilinearly with antialiasing: InstructCV's benchmark, and its command line for
    /// classification.
    case squashBilinear = "squash-bilinear"

    var isSquash: Bool { self == .squash || self == .squashBilinear }
  }

  /// The picture's own size.
  public let width: Int
  /// The picture's own size.
  public let height: Int
  /// The model's size.
  public let working: WorkingSize
  /// The part of the picture that the model sees, in pixels, fractions included.
  public let cut: Box
  /// By what the picture is brought to the model's size.
  private let filter: ResizeFilter

  /// - Parameters:
  ///   - resolution: the wanted long side.
  ///   - multiple: what the model's sides must be multiples of.
  ///   - rule: how the model's size follows from the picture's.
  /// - Throws: ``ReportableError`` for a resolution that can't be worked at.
  public init(
    width: Int, height: Int, resolution: Int, multiple: Int, rule: Rule
  ) throws {
    self.width = width
    self.height = height
    filter = rule == .squashBilinear ? .bilinear : .lanczos
    guard multiple...1 << 14 ~= resolution else {
      throw ReportableError(
        .usage,
        "a resolution of \(resolution) is not within the model's \(multiple)...\(1 << 14); change "
          + "--resolution")
    }
    let side = resolution / multiple * multiple
    let whole = Box(left: 0, top: 0, right: Double(width), bottom: Double(height))
    if rule.isSquash {
      working = WorkingSize(width: side, height: side)
      cut = whole
    } else if let fitted = Self.fitted(width, height, resolution, multiple, rule) {
      working = fitted
      cut = Self.centredPart(of: whole, shapedLike: fitted)
    } else {
      working = WorkingSize(
        width: width < height ? multiple : side, height: width < height ? side : multiple)
      cut = whole
    }
  }

  /// The authors' size, or nil where that is endless.
  private static func fitted(
    _ width: Int, _ height: Int, _ resolution: Int, _ multiple: Int, _ rule: Rule
  ) -> WorkingSize? {
    guard rule == .fit else {
      // A side below one multiple is rounded up after all; a cut would leave little of the picture.
      guard min(width, height) * resolution >= multiple * max(width, height) else { return nil }
      return try? WorkingSize(
        within: width, by: height, resolution: resolution, multiple: multiple)
    }
    return try? WorkingSize(
      fitting: width, by: height, resolution: resolution, multiple: multiple,
      maximumPixelCount: 4 * resolution * resolution)
  }

  /// The largest part in the middle that has the shape of `size`.
  private static func centredPart(of whole: Box, shapedLike size: WorkingSize) -> Box {
    let (width, height) = (Int(whole.right), Int(whole.bottom))
    var part = whole
    // Compared in whole numbers, so that an exact fit cuts nothing.
    if width * size.height > height * size.width {
      let left = (whole.right - Double(height * size.width) / Double(size.height)) / 2
      (part.left, part.right) = (left, whole.right - left)
    } else if width * size.height < height * size.width {
      let top = (whole.bottom - Double(width * size.height) / Double(size.width)) / 2
      (part.top, part.bottom) = (top, whole.bottom - top)
    }
    return part
  }

  private var isWhole: Bool { cut.width == Double(width) && cut.height == Double(height) }

  /// The picture at the model's size.
  public func prepared(_ picture: Image) -> Image {
    require(
      picture.width == width && picture.height == height,
      "a \(picture.width)x\(picture.height) picture in a frame for \(width)x\(height)")
    return isWhole
      ? picture.resized(width: working.width, height: working.height, filter: filter)
      : picture.fitted(width: working.width, height: working.height, filter: filter)
  }

  /// An answer at the picture's own size.
  public func restored(_ answer: Image) -> Image {
    require(
      answer.width == working.width && answer.height == working.height,
      "a \(answer.width)x\(answer.height) answer in a frame of \(working.width)x\(working.height)")
    guard !isWhole else { return answer.resized(width: width, height: height, filter: .bilinear) }
    // The border is carried on as far as the picture reaches, then one resize places everything.
    let scaleX = Double(working.width) / cut.width
    let scaleY = Double(working.height) / cut.height
    let (left, top) = (cut.left * scaleX, cut.top * scaleY)
    let (marginX, marginY) = (Int(left) + 1, Int(top) + 1)
    var padded = Image(width: answer.width + 2 * marginX, height: answer.height + 2 * marginY)
    for y in 0..<padded.height {
      let sourceY = min(max(y - marginY, 0), answer.height - 1)
      for x in 0..<padded.width {
        padded[x, y] = answer[min(max(x - marginX, 0), answer.width - 1), sourceY]
      }
    }
    return padded.resized(
      width: width, height: height, filter: .bilinear,
      box: Box(
        left: Double(marginX) - left, top: Double(marginY) - top,
        right: Double(marginX + answer.width) + left,
        bottom: Double(marginY + answer.height) + top))
  }

  /// A box of the model's picture in the picture's own pixels.
  public func restored(_ box: Box) -> Box {
    let scaleX = cut.width / Double(working.width)
    let scaleY = cut.height / Double(working.height)
    return Box(
      left: box.left * scaleX + cut.left, top: box.top * scaleY + cut.top,
      right: box.right * scaleX + cut.left, bottom: box.bottom * scaleY + cut.top)
  }
}
