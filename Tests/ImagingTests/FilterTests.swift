import Imaging
import TestSupport
import Testing

@Suite struct FilterTests {
  struct Colors: Decodable {
    struct Sample: Decodable {
      let rgb: [UInt8]
      let hsv: [UInt8]
    }
    let levels: [UInt8]
    let hsv: String
    let luma: String
    let samples: [Sample]
  }

  struct Raster: Decodable {
    let size: [Int]
    let seed: UInt64
    let median: String
    let medianGrey: String
    let otsu: UInt8
    let gaussian: [Double]?
    let boxBlur: [Double]?
  }

  struct MaskCase: Decodable {
    let size: [Int]
    let seed: UInt64
    let density: Int
    let radius: Int
    let dilated: String
    let eroded: String
    let opened: String
    let closed: String
    let components4: [[Double]]
    let components8: [[Double]]
    let external: [[[Int]]]
    let all: [[[Int]]]
    let contourAreas: [Double]
    let contourPerimeters: [Double]
  }

  struct Goldens: Decodable {
    let colors: Colors
    let rasters: [Raster]
    let masks: [MaskCase]
  }

  @Test func colorsEqualTheReferences() throws {
    let colors = try golden("filters", as: Goldens.self).colors
    for sample in colors.samples {
      let image = Image(width: 1, height: 1, pixels: sample.rgb)
      #expect(HSVImage(image).pixels == sample.hsv, "\(sample.rgb)")
    }
    var pixels: [UInt8] = []
    for red in colors.levels {
      for green in colors.levels {
        for blue in colors.levels { pixels += [red, green, blue] }
      }
    }
    let strip = Image(width: pixels.count / 3, height: 1, pixels: pixels)
    #expect(hash(HSVImage(strip).pixels) == colors.hsv)
    #expect(hash(strip.luma.elements) == colors.luma)
  }

  @Test func colorRangesSelect() {
    let image = Image(
      width: 3, height: 1, pixels: [0, 0, 255, 255, 0, 0, 10, 10, 40])
    let blue = HSVImage(image).mask(hue: 100...125, saturation: 130...255, value: 50...255)
    #expect(blue.elements == [true, false, false])
  }

  @Test func smoothingEqualsOpenCV() throws {
    for test in try golden("filters", as: Goldens.self).rasters {
      let image = samplePicture(width: test.size[0], height: test.size[1], seed: test.seed)
      let grey = image.channel(1)
      #expect(hash(image.medianFiltered3x3().pixels) == test.median, "\(test.size)")
      #expect(hash(grey.medianFiltered3x3().elements) == test.medianGrey, "\(test.size)")
      #expect(grey.otsuThreshold == test.otsu, "\(test.size)")
      if let expected = test.gaussian {
        let blurred = grey.map { Float($0) }.gaussianBlurred(sigma: 2)
        expectClose(blurred.elements, expected, absolute: 2e-3, "gaussian \(test.size)")
        let rounded = grey.gaussianBlurred(sigma: 2)
        expectClose(rounded.elements.map { Float($0) }, expected, absolute: 0.51)
        #expect(image.gaussianBlurred(sigma: 2).channel(1) == rounded)
      }
      if let expected = test.boxBlur {
        let blurred = grey.map { Float($0) }.boxBlurred(radius: 2)
        expectClose(blurred.elements, expected, absolute: 2e-3, "box \(test.size)")
        #expect(image.boxBlurred(radius: 2).channel(1) == grey.boxBlurred(radius: 2))
      }
    }
  }

  @Test func morphologyEqualsOpenCV() throws {
    for test in try golden("filters", as: Goldens.self).masks {
      let (width, height) = (test.size[0], test.size[1])
      let mask = sampleMask(width: width, height: height, seed: test.seed, density: test.density)
      for (name, result, text) in [
        ("dilated", mask.dilated(radius: test.radius), test.dilated),
        ("eroded", mask.eroded(radius: test.radius), test.eroded),
        ("opened", mask.opened(radius: test.radius), test.opened),
        ("closed", mask.closed(radius: test.radius), test.closed),
      ] {
        expectEqual(
          result, try unpacked(text, width: width, height: height),
          "\(name) \(test.size), radius \(test.radius)")
      }
    }
  }

  @Test func componentsEqualOpenCV() throws {
    for test in try golden("filters", as: Goldens.self).masks {
      let (width, height) = (test.size[0], test.size[1])
      let mask = sampleMask(width: width, height: height, seed: test.seed, density: test.density)
      for (connectivity, expected) in [
        (ConnectedComponents.Connectivity.four, test.components4), (.eight, test.components8),
      ] {
        let parts = ConnectedComponents(mask, connectivity: connectivity)
        try #require(parts.components.count == expected.count, "\(test.size)")
        for (part, row) in zip(parts.components, expected) {
          let first = parts.labels.elements.firstIndex(of: Int32(part.label))
          #expect(first == Int(row[0]))
          let box = Box(
            left: row[1], top: row[2], right: row[1] + row[3], bottom: row[2] + row[4])
          #expect(part.box == box && part.area == Int(row[5]))
          #expect(abs(part.centerX - row[6]) < 1e-8 && abs(part.centerY - row[7]) < 1e-8)
          #expect(parts.mask(of: part).area == part.area)
        }
        #expect(parts.labels.map { $0 != 0 } == mask)
      }
    }
  }

  @Test func contoursEqualOpenCV() throws {
    for test in try golden("filters", as: Goldens.self).masks {
      let (width, height) = (test.size[0], test.size[1])
      let mask = sampleMask(width: width, height: height, seed: test.seed, density: test.density)
      func points(_ contours: [Contour]) -> [[[Int]]] {
        contours.map { $0.points.map { [$0.x, $0.y] } }
      }
      func isBefore(_ a: [[Int]], _ b: [[Int]]) -> Bool {
        a.lexicographicallyPrecedes(b) { $0.lexicographicallyPrecedes($1) }
      }
      let external = mask.contours(.external).sorted {
        isBefore($0.points.map { [$0.x, $0.y] }, $1.points.map { [$0.x, $0.y] })
      }
      #expect(points(external) == test.external, "\(test.size)")
      #expect(points(mask.contours(.all)).sorted(by: isBefore) == test.all, "\(test.size)")
      expectClose(external.map(\.area), test.contourAreas, absolute: 1e-9)
      expectClose(external.map(\.perimeter), test.contourPerimeters, absolute: 1e-5)
    }
  }

  @Test func simplifiedContoursStayNear() {
    var disc = Image(width: 60, height: 60)
    disc.fillDisc(at: PixelPoint(30, 30), squaredRadius: 600, color: .white)
    let contours = disc.channel(0).above(0).contours()
    #expect(contours.count == 1)
    let polygon = contours[0].simplified(tolerance: 1)
    #expect(polygon.count > 6 && polygon.count < 40)
    var filled = Mask(width: 60, height: 60, repeating: false)
    filled.fillPolygons([polygon])
    let overlap = filled.overlap(disc.channel(0).above(0))
    #expect(Double(overlap.intersection) / Double(overlap.union) > 0.93)
    // Without tolerance every corner stays.
    var exact = Mask(width: 60, height: 60, repeating: false)
    exact.fillPolygons([contours[0].simplified(tolerance: 0)])
    #expect(exact == disc.channel(0).above(0))
    exact = Mask(width: 60, height: 60, repeating: false)
    exact.fillPolygons([contours[0].corners])
    #expect(exact == disc.channel(0).above(0))
    #expect(contours[0].box == disc.channel(0).above(0).box)
  }

  @Test func thresholdsPartTwoLevels() {
    let plane = Plane<UInt8>(width: 4, height: 2, elements: [10, 10, 10, 200, 200, 10, 200, 12])
    #expect((12..<200).contains(Int(plane.otsuThreshold)))
    #expect(plane.above(plane.otsuThreshold).area == 3)
    #expect(Plane<UInt8>(width: 3, height: 1, repeating: 77).otsuThreshold == 0)
    #expect(plane.equal(to: 10).area == 4)
    #expect(plane.histogram[200] == 3 && plane.histogram.reduce(0, +) == 8)
  }
}
