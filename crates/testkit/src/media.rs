//! Small pictures, films and sounds that a browser really shows.

/// A photograph, 64 by 48.
pub const JPEG: &[u8] = include_bytes!("../fixtures/media/picture.jpg");
/// A film of three seconds, 64 by 48.
pub const MP4: &[u8] = include_bytes!("../fixtures/media/clip.mp4");
/// The same film in the free format.
pub const WEBM: &[u8] = include_bytes!("../fixtures/media/clip.webm");
/// A drawing.
pub const SVG: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" width="64" height="48"><circle cx="32" cy="24" r="20" fill="#05a"/></svg>"##;
/// A drawing that does harm where it is shown as a page.
pub const SVG_WITH_SCRIPT: &str = r#"<svg xmlns="http://www.w3.org/2000/svg" width="64" height="48" onload="document.title='harm'"><script>document.title='harm'</script><rect width="64" height="48" fill="red"/></svg>"#;
/// A page that does harm where it is shown.
pub const HTML_WITH_SCRIPT: &str =
    "<!doctype html><title>page</title><h1>harm</h1><script>document.title='harm'</script>";

/// A picture of one colour, as PNG.
pub fn png(width: u32, height: u32, rgb: [u8; 3]) -> Vec<u8> {
    let row: Vec<u8> = std::iter::once(0).chain(rgb.repeat(width as usize)).collect();
    let pixels = row.repeat(height as usize);
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes()[..], &[8, 2, 0, 0, 0]].concat();
    for (name, data) in [(b"IHDR", header), (b"IDAT", deflated(&pixels)), (b"IEND", Vec::new())] {
        let body = [&name[..], &data].concat();
        file.extend(u32::try_from(data.len()).expect("a picture of a test is small").to_be_bytes());
        file.extend(&body);
        file.extend(crc32(&body).to_be_bytes());
    }
    file
}

/// A tone, as WAV.
pub fn wav(seconds: u32) -> Vec<u8> {
    const RATE: u32 = 8_000;
    let length = seconds * RATE;
    let mut file = [&b"RIFF"[..], &(length + 36).to_le_bytes(), b"WAVEfmt ", &16_u32.to_le_bytes()].concat();
    // Plain samples of one byte on one channel.
    file.extend([1, 0, 1, 0].into_iter().chain(RATE.to_le_bytes()).chain(RATE.to_le_bytes()).chain([1, 0, 8, 0]));
    file.extend(b"data".iter().copied().chain(length.to_le_bytes()));
    file.extend((0..length).map(|at| if at / 10 % 2 == 0 { 108_u8 } else { 148 }));
    file
}

/// In the format that wants it compressed, without compressing.
fn deflated(data: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let blocks = data.chunks(0xffff);
    let last = blocks.len().saturating_sub(1);
    for (at, block) in blocks.enumerate() {
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        out.push(u8::from(at == last));
        out.extend(length.to_le_bytes().into_iter().chain((!length).to_le_bytes()).chain(block.iter().copied()));
    }
    let (a, b) = data.iter().fold((1_u32, 0_u32), |(a, b), byte| {
        let a = (a + u32::from(*byte)) % 65_521;
        (a, (b + a) % 65_521)
    });
    out.extend((b << 16 | a).to_be_bytes());
    out
}

fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 })
    })
}
