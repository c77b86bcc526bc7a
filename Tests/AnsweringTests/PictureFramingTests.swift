import Answering
import Diffusion
import Imaging
import Platform
import TestSupport
import Testing

@Suite struct PictureFramingTests {
  private func working(
    _ width: Int, _ height: Int, _ resolution: Int, multiple: Int = 64,
    rule: PictureFraming.Rule = .fit
  ) throws -> WorkingSize {
    try PictureFraming(
      width: width, height: height, resolution: resolution, multiple: multiple, rule: rule
    ).working
  }

  /// Sizes of the authors' tools at their resolutions; 98 and 509 lose a multiple to rounding there.
  @Test(arguments: [
    (640, 480, 256, 256, 192), (640, 480, 512, 512, 384), (480, 640, 512, 384, 512),
    (500, 333, 256, 256, 192), (500, 333, 512, 576, 384), (1024, 256, 256, 256, 64),
    (1024, 256, 512, 512, 128), (300, 200, 512, 576, 384), (98, 98, 256, 256, 256),
    (509, 509, 512, 512, 512), (1, 1, 512, 512, 512), (8192, 8192, 512, 512, 512),
    (8192, 8191, 512, 512, 512),
  ])
  func sizesFollowTheAuthorsRule(_ width: Int, _ height: Int, _ resolution: Int, _ w: Int, _ h: Int)
    throws
  {
    #expect(try working(width, height, resolution) == WorkingSize(width: w, height: h))
  }

  @Test func endlessStripsAreResizedWhole() throws {
    #expect(try working(8192, 1, 512) == WorkingSize(width: 512, height: 64))
    #expect(try working(1, 8192, 512) == WorkingSize(width: 64, height: 512))
    #expect(try working(8192, 1, 128, multiple: 32) == WorkingSize(width: 128, height: 32))
    // Long ones that can still be worked at follow the rule.
    #expect(try working(8192, 64, 512) == WorkingSize(width: 8192, height: 64))
    #expect(try working(8192, 1, 130, multiple: 32, rule: .squash).width == 128)
    let frame = try PictureFraming(
      width: 8192, height: 1, resolution: 64, multiple: 16, rule: .fit)
    let strip = Image(width: 8192, height: 1, filledWith: Color(9, 200, 31))
    #expect(frame.restored(frame.prepared(strip)) == strip)
  }

  /// Sizes of InstructDiffusion's demonstration.
  @Test(arguments: [
    (1280, 720, 512, 512, 256), (640, 480, 512, 512, 384), (640, 427, 512, 512, 320),
    (333, 500, 512, 320, 512), (640, 480, 600, 576, 448), (301, 347, 512, 384, 512),
    // Less than one multiple is left: the whole strip.
    (2048, 100, 512, 512, 64), (1, 8192, 512, 64, 512),
  ])
  func insideTheResolutionBothSidesAreRoundedDown(
    _ width: Int, _ height: Int, _ resolution: Int, _ w: Int, _ h: Int
  ) throws {
    let size = try working(width, height, resolution, rule: .fitInside)
    #expect(size == WorkingSize(width: w, height: h))
  }

  @Test func resolutionsBelowOneMultipleAreRefused() {
    for rule in PictureFraming.Rule.allCases {
      for resolution in [-1, 0, 63, 1 << 20] {
        #expect(throws: ReportableError.self) {
          try working(10, 10, resolution, rule: rule)
        }
      }
    }
  }

  /// Whatever the size: multiples inside, a cut inside the picture with the working shape, and one
  /// colour stays that colour up to the border.
  @Test func framesOfManySizesHoldTogether() throws {
    let color = Color(201, 17, 90)
    for (width, height) in [
      (1, 1), (1, 2), (2, 1), (3, 7), (17, 16), (31, 257), (64, 64), (98, 97), (640, 427), (333, 5),
    ] {
      for rule in PictureFraming.Rule.allCases {
        let frame = try PictureFraming(
          width: width, height: height, resolution: 96, multiple: 16, rule: rule)
        let working = frame.working
        #expect(working.width % 16 == 0 && working.height % 16 == 0)
        #expect(frame.cut.left >= 0 && frame.cut.top >= 0)
        #expect(frame.cut.right <= Double(width) && frame.cut.bottom <= Double(height))
        let picture = Image(width: width, height: height, filledWith: color)
        let prepared = frame.prepared(picture)
        #expect(prepared.width == working.width && prepared.height == working.height)
        #expect(frame.restored(prepared) == picture)
        let isWhole =
          rule == .fitInside && min(width, height) * 96 < 16 * max(width, height)
          || min(width, height) == 1
        if rule != .squash, rule != .squashBilinear, working.width * working.height <= 4 * 96 * 96,
          !isWhole
        {
          expectClose(
            [frame.cut.width / frame.cut.height],
            [Double(working.width) / Double(working.height)], absolute: 0, relative: 1e-9,
            "\(width)x\(height)")
        }
      }
    }
  }

  /// By Lanczos as in training, or bilinearly as in InstructCV's benchmark.
  @Test func squashedPicturesAreResizedWhole() throws {
    let pixels = (0..<(90 * 70 * 3)).map { UInt8(truncatingIfNeeded: $0 &* $0 &* 37) }
    let picture = Image(width: 90, height: 70, pixels: pixels)
    for (rule, filter) in [
      (PictureFraming.Rule.squash, ResizeFilter.lanczos), (.squashBilinear, .bilinear),
    ] {
      let frame = try PictureFraming(
        width: 90, height: 70, resolution: 70, multiple: 32, rule: rule)
      #expect(frame.prepared(picture) == picture.resized(width: 64, height: 64, filter: filter))
    }
  }

  @Test func aPictureOfTheWorkingSizeIsLeftAlone() throws {
    let pixels = (0..<(64 * 32 * 3)).map { UInt8(truncatingIfNeeded: $0 &* 37) }
    let picture = Image(width: 64, height: 32, pixels: pixels)
    let frame = try PictureFraming(
      width: 64, height: 32, resolution: 64, multiple: 32, rule: .fit)
    #expect(frame.prepared(picture) == picture)
    #expect(frame.restored(picture) == picture)
  }

  /// What the model paints somewhere comes back where that place was taken from, in pictures and in
  /// boxes alike.
  @Test(arguments: [
    (640, 427, PictureFraming.Rule.fit), (427, 640, .fit), (500, 333, .fit), (301, 299, .squash),
    (301, 299, .squashBilinear),
    (640, 427, .fitInside), (480, 640, .fitInside),
  ])
  func placesComeBack(_ width: Int, _ height: Int, _ rule: PictureFraming.Rule) throws {
    let frame = try PictureFraming(
      width: width, height: height, resolution: 256, multiple: 64, rule: rule)
    let box = Box(left: 40, top: 56, right: 120, bottom: 100)
    var painted = Image(width: frame.working.width, height: frame.working.height)
    painted.fillBox(Box(left: 40, top: 56, right: 119, bottom: 99), color: .white)
    let restored = frame.restored(painted)
    #expect(restored.width == width && restored.height == height)
    var (left, top, right, bottom) = (width, height, 0, 0)
    for y in 0..<height {
      for x in 0..<width where restored[x, y].red > 127 {
        (left, right) = (min(left, x), max(right, x + 1))
        (top, bottom) = (min(top, y), max(bottom, y + 1))
      }
    }
    let expected = frame.restored(box)
    expectClose(
      [left, top, right, bottom].map(Double.init),
      [expected.left, expected.top, expected.right, expected.bottom], absolute: 1, "edges")
    // And forwards: a mark in the picture lands in the box that is mapped to it.
    var picture = Image(width: width, height: height)
    picture.fillBox(
      Box(
        left: expected.left + 2, top: expected.top + 2, right: expected.right - 3,
        bottom: expected.bottom - 3), color: .white)
    let seen = frame.prepared(picture)
    #expect(seen[80, 78] == .white)
    #expect(seen[36, 78] == .black && seen[124, 78] == .black)
  }
}
