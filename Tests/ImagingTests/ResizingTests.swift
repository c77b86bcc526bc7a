import Imaging
import Testing

@Suite struct ResizingTests {
  struct Case: Decodable {
    let mode: String
    let seed: UInt64
    let size: [Int]
    let newSize: [Int]
    let filter: String
    let box: [Double]?
    let hash: String
  }

  struct Goldens: Decodable {
    let resized: [Case]
    let fitted: [Case]
  }

  @Test func equalsPillowToTheBit() throws {
    let goldens: Goldens = try golden("resize")
    try #require(goldens.resized.count > 500)
    for test in goldens.resized {
      let image = samplePicture(width: test.size[0], height: test.size[1], seed: test.seed)
      let filter = try #require(ResizeFilter(rawValue: test.filter))
      let box = test.box.map { Box(left: $0[0], top: $0[1], right: $0[2], bottom: $0[3]) }
      let (width, height) = (test.newSize[0], test.newSize[1])
      let result: [UInt8]
      switch test.mode {
      case "RGB":
        result = image.resized(width: width, height: height, filter: filter, box: box).pixels
      case "L":
        let resized = image.channel(1)
          .resized(width: width, height: height, filter: filter, box: box)
        result = resized.elements
        if filter == .nearest {
          #expect(
            image.channel(1).resizedNearest(width: width, height: height, box: box) == resized)
        }
      default:
        let numbers = Plane(
          width: image.width, height: image.height,
          elements: zip(image.channel(0).elements, image.channel(2).elements).map {
            Float($0) * 0.0371 - Float($1)
          })
        let resized = numbers.resized(width: width, height: height, filter: filter, box: box)
        result = resized.elements.withUnsafeBytes { Array($0) }
      }
      #expect(
        hash(result) == test.hash,
        """
        \(test.mode) \(test.size) to \(test.newSize), \(test.filter), box \
        \(String(describing: test.box))
        """)
    }
  }

  @Test func fitsAsPillowDoes() throws {
    let goldens: Goldens = try golden("resize")
    for test in goldens.fitted {
      let image = samplePicture(width: test.size[0], height: test.size[1], seed: test.seed)
      let filter = try #require(ResizeFilter(rawValue: test.filter))
      let result = image.fitted(width: test.newSize[0], height: test.newSize[1], filter: filter)
      #expect(hash(result.pixels) == test.hash, "\(test.size) to \(test.newSize), \(test.filter)")
      if filter == .nearest {
        let plane = image.channel(2).fittedNearest(width: test.newSize[0], height: test.newSize[1])
        #expect(plane == result.channel(2))
      }
    }
  }

  @Test func sameSizeChangesNothing() {
    let image = samplePicture(width: 21, height: 10, seed: 3)
    for filter in ResizeFilter.allCases {
      #expect(image.resized(width: 21, height: 10, filter: filter) == image)
    }
  }

  @Test func croppingTakesThePart() {
    let image = samplePicture(width: 12, height: 9, seed: 4)
    let part = image.cropped(x: 3, y: 2, width: 7, height: 5)
    #expect(part.width == 7 && part.height == 5)
    for y in 0..<5 {
      for x in 0..<7 { #expect(part[x, y] == image[x + 3, y + 2]) }
    }
    #expect(image.channel(0).cropped(x: 3, y: 2, width: 7, height: 5) == part.channel(0))
    #expect(image.cropped(x: 0, y: 0, width: 12, height: 9) == image)
  }

  @Test func mirroringTwiceChangesNothing() {
    let image = samplePicture(width: 11, height: 6, seed: 5)
    let mirrored = image.flippedHorizontally()
    #expect(mirrored != image)
    #expect(mirrored[0, 2] == image[10, 2])
    #expect(mirrored.flippedHorizontally() == image)
    #expect(image.channel(1).flippedHorizontally() == mirrored.channel(1))
  }
}
