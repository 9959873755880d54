// Takes the pictures of the page that the documentation shows. See scripts/screenshots.sh.
import { takePictures } from '../../internal/bench/page/screenshots.ts';

await takePictures(process.env.CHROMIUM, (file) => void process.stdout.write(`${file}\n`));
