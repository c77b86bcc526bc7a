import Imaging
import Testing

@Suite struct DrawingTests {
  struct Rectangle: Decodable {
    let size: [Int]
    let box: [Double]
    let stroke: Int
    let mask: String
    let filled: String
  }

  struct Line: Decodable {
    let size: [Int]
    let ends: [Int]
    let mask: String
  }

  struct Polygons: Decodable {
    let size: [Int]
    let polygons: [[[Int]]]
    let mask: String
  }

  struct Goldens: Decodable {
    let rectangles: [Rectangle]
    let lines: [Line]
    let polygons: [Polygons]
    let reachingOut: [Polygons]
  }

  private func whiteMask(_ image: Image) -> Mask { image.channel(0).above(127) }

  @Test func boxesEqualPillow() throws {
    let goldens: Goldens = try golden("drawing")
    for test in goldens.rectangles {
      let (width, height) = (test.size[0], test.size[1])
      let box = Box(left: test.box[0], top: test.box[1], right: test.box[2], bottom: test.box[3])
      var image = Image(width: width, height: height)
      image.strokeBox(box, color: .white, width: test.stroke)
      let expected = try unpacked(test.mask, width: width, height: height)
      expectEqual(whiteMask(image), expected, "\(test.box) stroke \(test.stroke)")

      var filled = Image(width: width, height: height)
      filled.fillBox(box, color: .white)
      expectEqual(
        whiteMask(filled), try unpacked(test.filled, width: width, height: height), "\(test.box)")
      var mask = Mask(width: width, height: height, repeating: false)
      mask.fillBox(box)
      expectEqual(mask, whiteMask(filled), "\(test.box)")
    }
  }

  @Test func linesEqualOpenCV() throws {
    let goldens: Goldens = try golden("drawing")
    for test in goldens.lines {
      let (width, height) = (test.size[0], test.size[1])
      var image = Image(width: width, height: height)
      image.drawLine(
        from: PixelPoint(test.ends[0], test.ends[1]), to: PixelPoint(test.ends[2], test.ends[3]),
        color: .white)
      let expected = try unpacked(test.mask, width: width, height: height)
      expectEqual(whiteMask(image), expected, "\(test.ends)")
    }
  }

  @Test(arguments: [false, true])
  func polygonsEqualOpenCV(_ reachesOut: Bool) throws {
    let goldens: Goldens = try golden("drawing")
    for test in reachesOut ? goldens.reachingOut : goldens.polygons {
      let (width, height) = (test.size[0], test.size[1])
      let polygons = test.polygons.map { $0.map { PixelPoint($0[0], $0[1]) } }
      var mask = Mask(width: width, height: height, repeating: false)
      mask.fillPolygons(polygons)
      let expected = try unpacked(test.mask, width: width, height: height)
      expectEqual(mask, expected, "\(width)x\(height) \(test.polygons)")
      var image = Image(width: width, height: height)
      image.fillPolygons(polygons, color: .white)
      expectEqual(whiteMask(image), mask, "picture")
    }
  }

  @Test func wideLinesAreAsWideAsAsked() {
    var image = Image(width: 40, height: 30)
    image.drawLine(from: PixelPoint(5, 15), to: PixelPoint(34, 15), color: .white, width: 5)
    let mask = whiteMask(image)
    #expect((0..<30).filter { mask[20, $0] } == [13, 14, 15, 16, 17])
    // Seen from outside the picture, the brush still reaches in.
    var edge = Image(width: 20, height: 20)
    edge.drawLine(from: PixelPoint(-2, 0), to: PixelPoint(-2, 19), color: .white, width: 6)
    #expect((0..<20).filter { edge[$0, 10] == .white } == [0, 1])
  }

  @Test func discsFollowTheirDistance() {
    var image = Image(width: 30, height: 24)
    image.fillDisc(at: PixelPoint(4, 12), squaredRadius: 101, color: .white)
    for y in 0..<24 {
      for x in 0..<30 {
        let isInside = (x - 4) * (x - 4) + (y - 12) * (y - 12) <= 101
        #expect((image[x, y] == .white) == isInside)
      }
    }
  }

  @Test func farAwayThingsDrawNothingAndStopNothing() {
    let far = Double.greatestFiniteMagnitude
    var image = Image(width: 9, height: 7)
    let black = image
    image.strokeBox(
      Box(left: far, top: far, right: far, bottom: far), color: .white, width: 3)
    image.strokeBox(
      Box(left: .nan, top: 0, right: 5, bottom: 5), color: .white, width: 3)
    image.fillBox(Box(left: 100, top: 100, right: 200, bottom: 200), color: .white)
    image.fillDisc(at: PixelPoint(Int.max, Int.min), squaredRadius: 10, color: .white)
    image.fillDisc(at: PixelPoint(1000, 1000), squaredRadius: 10, color: .white)
    image.drawLine(
      from: PixelPoint(Int.min, -5), to: PixelPoint(Int.max, -5), color: .white, width: 3)
    image.fillPolygons([[], [PixelPoint(50, 50)]], color: .white)
    image.drawText("far", at: PixelPoint(Int.max, 3), color: .white)
    #expect(image == black)
    image.fillBox(Box(left: -far, top: -far, right: far, bottom: far), color: .white)
    #expect(image == Image(width: 9, height: 7, filledWith: .white))
  }

  @Test func blendingMixesAndCutsOff() {
    var image = Image(width: 2, height: 1, pixels: [11, 255, 100, 1, 2, 3])
    image.blend(
      Mask(width: 2, height: 1, elements: [true, false]), color: Color(0, 128, 7), opacity: 0.5)
    #expect(image.pixels == [5, 191, 53, 1, 2, 3])
    image.fill(Mask(width: 2, height: 1, elements: [false, true]), color: Color(9, 8, 7))
    #expect(image.pixels == [5, 191, 53, 9, 8, 7])
  }

  @Test func textLeavesReadableLetters() {
    let size = Image.textSize("Hi", scale: 2)
    #expect(size.width == 22 && size.height == 14)
    var image = Image(width: 11, height: 7)
    image.drawText("Hi", at: PixelPoint(0, 0), color: .white)
    let rows = (0..<7).map { y in String((0..<11).map { image[$0, y] == .white ? "#" : "." }) }
    #expect(
      rows == [
        "#...#...#..", "#...#......", "#...#..##..", "#####...#..", "#...#...#..", "#...#...#..",
        "#...#..###.",
      ])
    var labelled = Image(width: 40, height: 20)
    labelled.drawText("cat\u{e9}", at: PixelPoint(3, 3), color: .black, background: .white)
    #expect(labelled[2, 2] == .white && labelled[1, 1] == .black)
  }

  @Test func outlinesFollowTheMask() {
    let mask = sampleMask(width: 33, height: 21, seed: 8)
    var image = Image(width: 33, height: 21)
    image.strokeOutline(of: mask, color: .white)
    // An outline is what erosion with a cross takes away.
    for y in 0..<21 {
      for x in 0..<33 {
        let touchesOutside = [(0, -1), (0, 1), (-1, 0), (1, 0)].contains { dx, dy in
          let (nx, ny) = (x + dx, y + dy)
          return nx < 0 || ny < 0 || nx >= 33 || ny >= 21 || !mask[nx, ny]
        }
        #expect((image[x, y] == .white) == (mask[x, y] && touchesOutside))
      }
    }
  }

  @Test func colorMapsSpanTheirRange() {
    #expect(ColorMap.grey.color(at: 0.5) == Color(128, 128, 128))
    #expect(ColorMap.jet.color(at: 0) == Color(0, 0, 128))
    #expect(ColorMap.jet.color(at: 1) == Color(128, 0, 0))
    #expect(ColorMap.jet.color(at: 0.5) == Color(128, 255, 128))
    for map in ColorMap.allCases { #expect(map.color(at: .nan) == map.color(at: -3)) }
    let depth = Plane<Float>(width: 4, height: 1, elements: [0, .nan, 5, 20])
    let shown = depth.colored(.grey, range: 0...10, missing: Color(1, 2, 3))
    #expect(shown.pixels == [0, 0, 0, 1, 2, 3, 128, 128, 128, 255, 255, 255])
    #expect(depth.colored(.spectrum)[3, 0] == ColorMap.spectrum.color(at: 1))
    let flat = Plane<Float>(width: 2, height: 1, repeating: 3).colored(.jet)
    #expect(flat[0, 0] == ColorMap.jet.color(at: 0))
  }
}
