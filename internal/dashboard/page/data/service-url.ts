/** Where a path of the service is, such as `/services`: beside the page, wherever a proxy has put both. */
export function serviceUrl(path: string): string {
  return new URL(`.${path}`, location.href).href;
}
